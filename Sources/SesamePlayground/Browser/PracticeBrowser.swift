package import SesameHTTP
import SesameSecrets
import SesameSystem

/// Plays the person at a browser: opens a page, fills in its form, presses Allow or Deny, and
/// follows every redirect, the one to the waiting program too.
///
/// It goes to servers on this machine only.
package struct PracticeBrowser: Sendable {
    /// What the person decides.
    package enum Decision: Sendable {
        case allow
        case deny
    }

    /// Where it ended.
    package struct Visit: Sendable {
        /// The last page's address.
        package let url: HTTPURL
        package let status: Int
        package let body: String
        /// How many requests it took.
        package let steps: Int
    }

    package var decision: Decision
    /// Replaces the user name that the page suggests.
    package var user: String?

    package init(_ decision: Decision = .allow, user: String? = nil) {
        self.decision = decision
        self.user = user
    }

    /// Walks through from an authorization URL, on a thread of its own.
    package func open(_ url: HTTPURL) async throws(TransportError) -> Visit {
        let result = await withCheckedContinuation { done in
            do throws(SystemError) {
                try startThread(name: "practice-browser") {
                    done.resume(
                        returning: Result { () throws(TransportError) in try openBlocking(url) })
                }
            } catch {
                let error = TransportError(.other, error.description, mayHaveBeenSent: false)
                done.resume(returning: Result<Visit, TransportError>.failure(error))
            }
        }
        return try result.get()
    }

    /// Walks through, and blocks until it has ended.
    package func openBlocking(_ url: HTTPURL) throws(TransportError) -> Visit {
        var jar: [String: String] = [:]
        var request = HTTPRequest("GET", url)
        var submitted: Set<String> = []
        for step in 1...15 {
            request.fields.set("User-Agent", "practice-browser")
            let cookies = jar.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            if !cookies.isEmpty { request.fields.set("Cookie", cookies.joined(separator: "; ")) }
            let response = try LocalConnection.send(request)
            keepCookies(of: response, in: &jar)
            let body = response.body.dangerouslyRevealedText()
            if let target = redirect(response, from: request.url) {
                request = HTTPRequest("GET", target)
            } else if response.status < 400, let form = PageForm(body),
                submitted.insert(form.action).inserted,
                let next = submission(form, from: request.url)
            {
                request = next
            } else {
                return Visit(url: request.url, status: response.status, body: body, steps: step)
            }
        }
        throw TransportError(.badResponse, "too many redirects", mayHaveBeenSent: true)
    }

    private func redirect(_ response: HTTPResponse, from url: HTTPURL) -> HTTPURL? {
        guard (300..<400).contains(response.status), let location = response.fields["Location"]
        else {
            return nil
        }
        return HTTPURL(location) ?? (location.hasPrefix("/") ? HTTPURL(url.origin + location) : nil)
    }

    private func submission(_ form: PageForm, from url: HTTPURL) -> HTTPRequest? {
        guard let target = HTTPURL(form.action) ?? HTTPURL(url.origin + form.action) else {
            return nil
        }
        var parameters = FormParameters()
        for (name, value) in form.inputs {
            parameters.append(name, name.contains("username") ? user ?? value : value)
        }
        var body = parameters.encodedText
        if let button = button(of: form), !button.name.isEmpty {
            body += (body.isEmpty ? "" : "&") + "\(button.name)=\(button.value)"
        }
        var request = HTTPRequest("POST", target)
        request.fields.set("Content-Type", "application/x-www-form-urlencoded")
        // As browsers do with every form that they post.
        request.fields.set("Origin", url.origin)
        request.body = Secret(utf8: body)
        return request
    }

    /// The button that decides; a page without a choice, such as a login, has only one.
    private func button(of form: PageForm) -> PageForm.Button? {
        let words = decision == .allow ? ["allow", "accepted"] : ["deny", "rejected"]
        return form.buttons.first { words.contains($0.name) || words.contains($0.value) }
            ?? form.buttons.first
    }

    /// One jar for the whole machine: the pages of a login lie on one host.
    private func keepCookies(of response: HTTPResponse, in jar: inout [String: String]) {
        for field in response.fields.values("Set-Cookie") {
            let pair = (field.split(separator: ";").first ?? "").split(separator: "=", maxSplits: 1)
            if pair.count == 2 { jar[String(pair[0])] = String(pair[1]) }
        }
    }
}
