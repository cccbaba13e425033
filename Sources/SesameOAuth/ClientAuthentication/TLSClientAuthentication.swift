public import SesameHTTP
public import SesameSystem

/// `tls_client_auth` and `self_signed_tls_client_auth`: the certificate of the TLS connection shows who the
/// client is (RFC 8705, sections 2.1 and 2.2).
///
/// Which of the two it is, the server knows: by the certificate's subject, or by the certificate itself.
/// The client is given ``ClientCertificateFiles`` beside this.
public struct TLSClientAuthentication: ClientAuthentication {
    /// Makes the method; it has no state.
    public init() {}

    /// Adds `client_id`, which stands in every request (RFC 8705, section 2).
    public func authenticate(
        _ form: inout FormParameters, _ fields: inout HTTPFields, clientID: String,
        server: AuthorizationServer, endpoint: HTTPURL, at now: Timestamp
    ) {
        form.append("client_id", clientID)
    }
}
