/// What the page for a device code asks.
struct DeviceQuestion: Sendable {
    /// Who has the code; `nil` while that is not known.
    let client: String?
    let scope: String?
    /// What was typed, or stood in the address.
    let code: String
    /// Where the form goes.
    let action: String
    let user: PracticeUser
    /// What was wrong with the last try.
    let warning: String?
}

extension Page {
    /// The code, login and consent on one page.
    static func device(_ question: DeviceQuestion) -> Page {
        let scopes = (question.scope ?? "").split(separator: " ").map {
            "<li><code>\(escaped(String($0)))</code></li>"
        }
        let request =
            question.client.map {
                "<p>\(escaped($0)) asks for:</p><ul>\(scopes.joined())</ul>"
                    + #"<p class="warn">Does the device show this very code? If not, deny.</p>"#
            } ?? ""
        return Page(
            title: "Connect a device",
            card: """
                <h1>Connect a device to your account?</h1>
                \(question.warning.map { #"<p class="warn">\#(escaped($0))</p>"# } ?? "")
                \(request)
                <form method="post" action="\(escaped(question.action))">
                <label>Code that the device shows
                <input name="user_code" value="\(escaped(question.code))" autocomplete="off"></label>
                \(loginInputs("username", "password", question.user))
                <div class="buttons">
                <button class="main" name="decision" value="allow">Allow</button>
                <button name="decision" value="deny">Deny</button>
                </div>
                </form>
                """)
    }

    static let deviceAllowed = Page(
        title: "Connected", card: "<h1>The device is connected</h1><p>Go back to it.</p>")

    static let deviceDenied = Page(
        title: "Denied", card: "<h1>The device gets nothing</h1><p>You can close this page.</p>")
}
