public import SesameHTTP
public import SesameSystem

/// How a client proves who it is (RFC 6749, section 2.3): exactly one way a request.
public protocol ClientAuthentication: Sendable {
    /// Adds what identifies the client to a request's parameters or header fields.
    ///
    /// It is asked anew for every request, and for the endpoint that this one goes to.
    func authenticate(
        _ form: inout FormParameters, _ fields: inout HTTPFields, clientID: String,
        server: AuthorizationServer, endpoint: HTTPURL, at now: Timestamp
    ) throws(OAuthError)
}

/// A public client, such as any program that is given to people: it has no secret to keep.
public struct NoClientAuthentication: ClientAuthentication {
    /// Makes the method; it has no state.
    public init() {}

    /// Adds `client_id`.
    public func authenticate(
        _ form: inout FormParameters, _ fields: inout HTTPFields, clientID: String,
        server: AuthorizationServer, endpoint: HTTPURL, at now: Timestamp
    ) {
        form.append("client_id", clientID)
    }
}
