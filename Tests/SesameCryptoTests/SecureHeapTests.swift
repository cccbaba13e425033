import COpenSSL
import Glibc
import SesameCrypto
import SesameSecrets
import Testing

/// Each test has a process of its own: the heap is for the life of a process.
@Suite struct `The secure heap` {
    @Test func `holds small secrets, and gives their room back`() async {
        await #expect(processExitsWith: .success) {
            #expect(SecureHeap.state == .absent)
            #expect(!isInSecureHeap(Secret(utf8: "before")))
            #expect(SecureHeap.install() == .locked)
            // OpenSSL's generator takes its share with the first bytes that it gives.
            _ = SystemRandom().bytes(1)
            let before = CRYPTO_secure_used()
            do {
                let token = Secret(utf8: "a token")
                #expect(isInSecureHeap(token))
                #expect(isInSecureHeap(SystemRandom().bytes(32)))
                #expect(CRYPTO_secure_used() > before)
                #expect(token.dangerouslyRevealedText() == "a token")
            }
            #expect(CRYPTO_secure_used() == before)
        }
    }

    /// Contents of megabytes must not take the room of keys and tokens.
    @Test func `leaves large contents to the ordinary heap`() async {
        await #expect(processExitsWith: .success) {
            SecureHeap.install()
            #expect(isInSecureHeap(Secret(copying: [UInt8](repeating: 1, count: 16_384))))
            #expect(!isInSecureHeap(Secret(copying: [UInt8](repeating: 1, count: 16_385))))
        }
    }

    @Test func `is followed by the ordinary heap when it is full`() async {
        await #expect(processExitsWith: .success) {
            SecureHeap.install(bytes: 1 << 15)
            var kept: [Secret] = []
            while kept.last.map(isInSecureHeap) ?? true, kept.count < 1000 {
                kept.append(Secret(copying: [UInt8](repeating: 7, count: 1000)))
            }
            #expect((10..<33).contains(kept.count))
            #expect(kept.allSatisfy { $0.count == 1000 && $0.withBytes { $0[999] == 7 } })
            #expect(ERR_peek_error() == 0, "OpenSSL's queue is left as it was")
            kept.removeFirst(5)
            #expect(isInSecureHeap(Secret(utf8: "there is room again")))
        }
    }

    @Test func `wipes what is given back`() async {
        await #expect(processExitsWith: .success) {
            SecureHeap.install()
            var place: UnsafePointer<UInt8>?
            do {
                let secret = Secret(copying: [UInt8](repeating: 0x5e, count: 64))
                unsafe place = address(of: secret)
                #expect(unsafe place?[17] == 0x5e)
            }
            // The page stays mapped and can be looked at. The first bytes are the free list's now.
            let left = unsafe place.map { place in
                unsafe UnsafeBufferPointer(start: place + 16, count: 48).filter { $0 == 0x5e }
            }
            #expect(left?.isEmpty == true)
        }
    }

    /// Only an ordinary user feels the limit: root may lock as much as it likes.
    @Test(arguments: [0, 1])
    func `says when the system locks nothing`(pages: Int) async {
        await #expect(processExitsWith: .success) { [pages] in
            var limit = rlimit(rlim_cur: UInt(pages * 4096), rlim_max: UInt(pages * 4096))
            #expect(unsafe setrlimit(__rlimit_resource_t(8), &limit) == 0)
            if geteuid() == 0 { #expect(setuid(65_534) == 0) }
            #expect(SecureHeap.install() == .notLocked)
            #expect(SecureHeap.state == .notLocked)
            #expect(isInSecureHeap(Secret(utf8: "still between guard pages")))
        }
    }

    @Test func `is as large as a small limit allows, and locked`() async {
        await #expect(processExitsWith: .success) {
            var limit = rlimit(rlim_cur: 100_000, rlim_max: 100_000)
            #expect(unsafe setrlimit(__rlimit_resource_t(8), &limit) == 0)
            if geteuid() == 0 { #expect(setuid(65_534) == 0) }
            #expect(SecureHeap.install() == .locked)
        }
    }
}

private func isInSecureHeap(_ secret: Secret) -> Bool {
    unsafe CRYPTO_secure_allocated(address(of: secret)) == 1
}

private func address(of secret: Secret) -> UnsafePointer<UInt8>? {
    unsafe secret.withBytes { bytes in
        unsafe bytes.withUnsafeBufferPointer { $0.baseAddress }
    }
}
