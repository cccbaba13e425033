/// A person who can log in.
///
/// The passwords stand on the login page: they guard nothing.
package struct PracticeUser: Sendable {
    package let id: Int64
    package let name: String
    package let password: String
    package let firstName: String
    package let lastName: String
    /// Mautic: the role has `api:access`, without which nobody can consent.
    package var mayConsent = true
    /// Mautic: the role may see the definitions of the contact fields.
    package var mayReadFields = true
    /// Mautic: the role may look at contacts, change and delete them, and see the segments.
    package var mayChangeContacts = true
    /// Mautic: switched on.
    package var isPublished = true

    var fullName: String { "\(firstName) \(lastName)" }

    /// May do everything.
    package static let ada = PracticeUser(
        id: 1, name: "ada", password: "practice", firstName: "Ada", lastName: "Admin")
    /// May create contacts and nothing else.
    package static let bob = PracticeUser(
        id: 2, name: "bob", password: "practice", firstName: "Bob", lastName: "Builder",
        mayConsent: false, mayReadFields: false, mayChangeContacts: false)
    /// Was switched off.
    package static let zoe = PracticeUser(
        id: 3, name: "zoe", password: "practice", firstName: "Zoe", lastName: "Zero",
        isPublished: false)

    static let all = [ada, bob, zoe]
}
