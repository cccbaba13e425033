/// What a consent page asks.
struct ConsentQuestion: Sendable {
    let client: String
    let scope: String
    /// Where the answer goes.
    let destination: String
    /// Where the form goes.
    let action: String
    let user: PracticeUser
    /// The name or the password was wrong.
    let isRetry: Bool
}

extension Page {
    /// Login and consent on one page.
    static func consent(_ question: ConsentQuestion) -> Page {
        let warning = question.isRetry ? #"<p class="warn">Name or password is wrong.</p>"# : ""
        let scopes = question.scope.split(separator: " ").map {
            "<li><code>\(escaped(String($0)))</code></li>"
        }
        return Page(
            title: "Allow access?",
            card: """
                <h1>Allow \(escaped(question.client)) to use your account?</h1>
                <p>It asks for:</p>
                <ul>\(scopes.joined())</ul>
                \(warning)
                <form method="post" action="\(escaped(question.action))">
                \(loginInputs("username", "password", question.user))
                <p class="note">You return to <code>\(escaped(question.destination))</code>.</p>
                <div class="buttons">
                <button class="main" name="decision" value="allow">Allow</button>
                <button name="decision" value="deny">Deny</button>
                </div>
                </form>
                """)
    }

    /// A form that goes on by itself in a browser that runs scripts (Form Post Response Mode, section 2).
    static func post(_ parameters: [(String, String)], to target: String) -> Page {
        let inputs = parameters.map { name, value in
            #"<input type="hidden" name="\#(escaped(name))" value="\#(escaped(value))">"#
        }
        return Page(
            title: "Back to the program",
            card: """
                <h1>Back to the program</h1>
                <form method="post" action="\(escaped(target))">
                \(inputs.joined())
                <div class="buttons"><button class="main">Go on</button></div>
                </form>
                """)
    }

    /// Mautic's first page.
    static func login(action: String, isRetry: Bool) -> Page {
        let warning = isRetry ? #"<p class="warn">Invalid credentials.</p>"# : ""
        return Page(
            title: "Login",
            card: """
                <h1>Log in to the practice Mautic</h1>
                \(warning)
                <form method="post" action="\(escaped(action))">
                \(loginInputs("_username", "_password", .ada))
                <div class="buttons"><button class="main">Log in</button></div>
                </form>
                """)
    }

    /// Mautic's second page: its form has two buttons and the request once more in hidden fields.
    static func mauticConsent(
        client: String, user: PracticeUser, action: String, hidden: [(String, String)]
    ) -> Page {
        let inputs = hidden.map { name, value in
            #"<input type="hidden" name="\#(escaped(name))" value="\#(escaped(value))">"#
        }
        return Page(
            title: "Grant access",
            card: """
                <h1>\(escaped(client)) wants to use the API as \(escaped(user.fullName))</h1>
                <p>It may then do all that you may do.</p>
                <form method="post" action="\(escaped(action))">
                \(inputs.joined(separator: "\n"))
                <div class="buttons">
                <button class="main" name="accepted" value="">Accept</button>
                <button name="rejected" value="">Deny</button>
                </div>
                </form>
                """)
    }

    /// Nothing may be sent back to a redirect URI that is not trusted.
    static let badAuthorizationRequest = Page(
        title: "Request refused",
        card: """
            <h1>This request cannot be answered</h1>
            <p>The client is not known here, or its <code>redirect_uri</code> is not one of those that are
            registered. Nothing was sent anywhere.</p>
            """)

    static let notFound = Page(title: "Not found", card: "<h1>Nothing here</h1>")

    /// Mautic answers this to a user whose role has no `api:access`.
    static let accessDenied = Page(
        title: "Access denied",
        card: """
            <h1>403 Forbidden</h1>
            <p>You do not have access to the requested area/action.</p>
            """)

    static func loginInputs(_ name: String, _ password: String, _ user: PracticeUser)
        -> String
    {
        """
        <label>Name
        <input name="\(name)" value="\(escaped(user.name))" autocomplete="off"></label>
        <label>Password
        <input name="\(password)" type="password" value="\(escaped(user.password))" autocomplete="off"></label>
        <p class="note">Practice values, filled in for you: <code>\(escaped(user.name))</code> and
        <code>\(escaped(user.password))</code>.</p>
        """
    }
}

extension Page {
    /// The start page: every issuer with its address.
    static func index(origin: String, _ scenarios: [Scenario]) -> Page {
        let rows = scenarios.map { scenario in
            "<li><code>\(escaped(origin))/\(escaped(scenario.name))</code><br>"
                + "<span class=\"note\">\(escaped(scenario.summary))</span></li>"
        }
        return Page(
            title: "Sesame playground",
            card: """
                <h1>Servers to practise on</h1>
                <ul>\(rows.joined(separator: "\n"))</ul>
                <p class="note">Log in as <code>ada</code> with the password <code>practice</code>. The clients
                stand in <code>/_control/scenarios</code>.</p>
                """)
    }
}
