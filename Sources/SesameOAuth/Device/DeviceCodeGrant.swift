public import SesameHTTP
import SesameSecrets

/// A device code, which is asked for its tokens until the person has decided (RFC 8628, section 3.4).
public struct DeviceCodeGrant: Grant {
    /// `urn:ietf:params:oauth:grant-type:device_code`.
    public static let type = "urn:ietf:params:oauth:grant-type:device_code"
    /// The endpoint of the server that gave the code, and nowhere else may go.
    public let tokenEndpoint: HTTPURL?

    private let deviceCode: Secret
    private let resource: [String]

    init(deviceCode: Secret, resource: [String], tokenEndpoint: HTTPURL) {
        self.deviceCode = deviceCode
        self.resource = resource
        self.tokenEndpoint = tokenEndpoint
    }

    /// `device_code`, and `resource` where given.
    public func encode(into form: inout FormParameters) throws(OAuthError) {
        form.append("device_code", deviceCode)
        try append(scope: nil, resource: resource, to: &form)
    }
}
