import SesameSecrets

/// Which contact is meant.
public enum ContactReference: Sendable, Hashable, CustomStringConvertible {
    /// The one of this number.
    case id(Int64)
    /// The only one with this address.
    case email(String)

    /// Reads a number or an address; `nil` where it is neither.
    public init?(_ text: String) {
        if let id = Int64(text), id > 0 {
            self = .id(id)
        } else if (try? checkedEmail(text)) != nil {
            self = .email(text.trimmingBlanks())
        } else {
            return nil
        }
    }

    /// For messages.
    public var description: String {
        switch self {
        case .id(let id): "contact \(id)"
        case .email(let email): email.sanitised(limit: 254)
        }
    }
}
