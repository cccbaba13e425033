import CLinux
import Glibc
import SesameCrypto
import SesameSystem

/// What the broker's process does to itself before anything else.
package enum Hardening {
    /// To be called first thing in `main`, before there is a second thread.
    package static func apply() {
        // Files are made with modes of their own; this is for those that a library makes.
        umask(0o077)
        giveLargeMemoryBack()
        _ = clinux_forbid_dump()
        forbidCoreFiles()
        forbidBacktraces()
        for name in ProcessEnvironment.current.keys where isUnwanted(name) { unsafe unsetenv(name) }
        // Before OpenSSL takes its first memory.
        WipingHeap.install()
        SecureHeap.install()
    }

    /// Whether a variable could change what our libraries do, or those of a program that we start.
    ///
    /// What the loader and the Swift runtime read has done its work by now; it must not reach children.
    /// The others are read later on, `SSLKEYLOGFILE` among them: with it, libcurl writes the keys of
    /// each TLS connection to a file.
    package static func isUnwanted(_ name: String) -> Bool {
        unwantedNames.contains(name) || unwantedPrefixes.contains { name.hasPrefix($0) }
            || name.lowercased().hasSuffix("_proxy")
    }

    private static let unwantedNames: Set<String> = [
        "SSLKEYLOGFILE", "GLIBC_TUNABLES", "SQLITE_TMPDIR", "SQLITE_HISTORY", "GCONV_PATH",
    ]
    private static let unwantedPrefixes = [
        "LD_", "MALLOC_", "SWIFT_", "OPENSSL_", "SSL_CERT_", "CURL_",
    ]
}

/// Has large blocks of memory mapped one by one, so that each goes back to the kernel when it is freed.
///
/// The allocator would otherwise take the first large block that is freed for a sign that there will be more, and from
/// then on keep them all (mallopt(3), `M_MMAP_THRESHOLD`). Here they are rare: a configuration of many profiles, a status of all.
private func giveLargeMemoryBack() {
    clinux_give_memory_back(128 << 10, 1 << 20)
}

/// The second line of defence behind the one that is no longer dumpable.
private func forbidCoreFiles() {
    var none = rlimit(rlim_cur: 0, rlim_max: 0)
    let coreFiles = __rlimit_resource_t(4)
    unsafe setrlimit(coreFiles, &none)
}

/// Takes the handlers of Swift's backtracer away.
///
/// Where `SWIFT_BACKTRACE` asks for them and a toolchain is installed, they print the registers and the
/// memory that these point at.
private func forbidBacktraces() {
    for fault in [SIGQUIT, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGTRAP] {
        signal(fault, SIG_DFL)
    }
}
