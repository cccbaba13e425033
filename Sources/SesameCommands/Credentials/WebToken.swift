import SesameJSON
import SesameSecrets

extension Secret {
    /// Whether this has the shape of a signed JSON Web Token (RFC 7519; RFC 7515, section 3.1): three parts in
    /// base64url, a header that names an algorithm, and claims.
    ///
    /// Who signed it is for its receiver to judge.
    var isWebToken: Bool {
        withBytes { bytes in
            let dots = bytes.indices.filter { bytes[$0] == UInt8(ascii: ".") }
            guard dots.count == 2, dots[1] > dots[0] + 1, dots[1] < bytes.count - 1,
                let header = Base64URL.decode(bytes.extracting(0..<dots[0])),
                let claims = Base64URL.decode(bytes.extracting((dots[0] + 1)..<dots[1])),
                Base64URL.decode(bytes.extracting((dots[1] + 1)..<bytes.count)) != nil,
                let head = try? JSON(parsing: header), let body = try? JSON(parsing: claims)
            else { return false }
            return head["alg"]?.string?.isEmpty == false && body.isObject
        }
    }
}
