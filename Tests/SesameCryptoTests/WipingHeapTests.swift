import COpenSSL
import SesameCrypto
import SesameSecrets
import Testing

/// Each test has a process of its own: OpenSSL takes its functions once.
@Suite struct `OpenSSL's own heap` {
    @Test func `is wiped where it is given back`() async {
        await #expect(processExitsWith: .success) {
            #expect(WipingHeap.install())
            let piece = unsafe CRYPTO_malloc(1000, nil, 0)
            unsafe fill(piece, 1000)
            #expect(unsafe remnants(of: piece, 1000) == 984)
            unsafe CRYPTO_free(piece, nil, 0)
            #expect(unsafe remnants(of: piece, 1000) == 0)
        }
    }

    @Test func `is wiped where a piece was that has moved, and the bytes go with it`() async {
        await #expect(processExitsWith: .success) {
            #expect(WipingHeap.install())
            let piece = unsafe CRYPTO_malloc(1000, nil, 0)
            unsafe fill(piece, 1000)
            let larger = unsafe CRYPTO_realloc(piece, 9000, nil, 0)
            #expect(unsafe larger != piece)
            #expect(unsafe remnants(of: piece, 1000) == 0)
            #expect(unsafe remnants(of: larger, 1000) == 984)
            let smaller = unsafe CRYPTO_realloc(larger, 500, nil, 0)
            #expect(unsafe remnants(of: smaller, 500) == 484)
            #expect(unsafe remnants(of: larger, 1000) == 0)
            #expect(unsafe CRYPTO_realloc(smaller, 0, nil, 0) == nil)
            #expect(unsafe CRYPTO_realloc(nil, 10, nil, 0) != nil)
            CRYPTO_free(nil, nil, 0)
        }
    }

    @Test func `gives the same results as before`() async {
        await #expect(processExitsWith: .success) {
            #expect(WipingHeap.install())
            let digest = SHA256.digest([UInt8]("abc".utf8).span)
            #expect(
                digest.dangerouslyRevealedBytes()
                    == hex("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"))
        }
    }

    @Test func `stays as it is once OpenSSL has taken memory`() async {
        await #expect(processExitsWith: .success) {
            _ = SystemRandom().bytes(1)
            #expect(!WipingHeap.install())
        }
    }
}

private func fill(_ piece: UnsafeMutableRawPointer?, _ count: Int) {
    for offset in 0..<count {
        unsafe piece?.storeBytes(of: 0x5e, toByteOffset: offset, as: UInt8.self)
    }
}

/// How many bytes of ``fill`` are left, but for the first 16: those of a free piece are the heap's own.
///
/// It takes no memory itself, which might be the very piece.
private func remnants(of piece: UnsafeMutableRawPointer?, _ count: Int) -> Int {
    var left = 0
    for offset in 16..<count
    where unsafe piece?.load(fromByteOffset: offset, as: UInt8.self) == 0x5e { left += 1 }
    return left
}
