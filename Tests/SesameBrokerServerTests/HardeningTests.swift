import Glibc
import SesameBrokerServer
import SesameCrypto
import SesameSystem
import Testing

@Suite struct `The broker's environment` {
    @Test(arguments: [
        "LD_PRELOAD", "LD_LIBRARY_PATH", "MALLOC_CHECK_", "SWIFT_BACKTRACE", "OPENSSL_CONF",
        "OPENSSL_MODULES", "SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE", "https_proxy",
        "HTTPS_PROXY", "ALL_PROXY", "no_proxy", "CURL_CA_BUNDLE", "GLIBC_TUNABLES",
    ])
    func `loses what could turn a library against it`(name: String) {
        #expect(Hardening.isUnwanted(name))
    }

    @Test(arguments: [
        "HOME", "PATH", "LANG", "TZ", "SESAME_HOME", "SESAME_SOCKET", "XDG_RUNTIME_DIR",
        "CREDENTIALS_DIRECTORY", "STATE_DIRECTORY", "GNUPGHOME", "PASSWORD_STORE_DIR",
    ])
    func `keeps what names its places and what a key command needs`(name: String) {
        #expect(!Hardening.isUnwanted(name))
    }

    /// The process is the test's own child.
    @Test func `is clean before anything else, and so are the limits`() async {
        await #expect(processExitsWith: .success) {
            for name in ["LD_PRELOAD", "SSLKEYLOGFILE", "https_proxy", "SWIFT_BACKTRACE", "KEPT"] {
                unsafe setenv(name, "x", 1)
            }
            Hardening.apply()
            let names = Set(ProcessEnvironment.current.keys)
            #expect(names.isDisjoint(with: ["LD_PRELOAD", "SSLKEYLOGFILE", "https_proxy"]))
            #expect(!names.contains("SWIFT_BACKTRACE") && names.contains("KEPT"))
            #expect(umask(0) == 0o077)
            var limit = rlimit()
            #expect(unsafe getrlimit(__rlimit_resource_t(4), &limit) == 0)
            #expect(limit.rlim_cur == 0 && limit.rlim_max == 0)
            #expect(SecureHeap.state != .absent)
        }
    }
}
