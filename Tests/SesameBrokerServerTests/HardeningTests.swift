import SesameBrokerServer
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
}
