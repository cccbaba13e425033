/// What a caller was found to be allowed, and by which rule.
package struct Permit: Sendable, Equatable {
    /// The `[caller NAME]` that decided; `nil` for the broker's own user, whom no rule is about.
    package let rule: String?
    package let access: Access
    /// The only scope that its tokens have; `nil` for what the profile got.
    package let scope: String?

    package init(rule: String?, access: Access, scope: String?) {
        self.rule = rule
        self.access = access
        self.scope = scope
    }

    /// Nothing: for whom no rule is about.
    package static let none = Permit(rule: nil, access: .nothing, scope: nil)

    /// Everything: for the broker's own user, and for a parent process.
    package static let owner = Permit(rule: nil, access: .manage, scope: nil)
}
