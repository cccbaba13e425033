import SesameHTTP
import SesameJSON
import SesameSecrets
import SesameSystem

extension MauticClient {
    /// Finds out what works with this credential, and why what does not; nothing is changed.
    ///
    /// It ends at the first thing without which the rest tells nothing.
    /// - Returns: what was looked at, in order; what stands behind a failure was not looked at.
    public func examine() async -> [Finding] {
        let response: HTTPResponse
        let question = request("GET", "/api/users/self")
        switch await exchange.outcome(of: question) {
        case .failure(let error):
            return [Finding(.baseURL, failed: MauticError(error, to: question))]
        case .success(let answer): response = answer
        }
        var findings = identity(in: response)
        guard findings.allSatisfy({ $0.state != .failed }) else { return findings }
        findings += [clock(in: response), version(in: response)].compactMap(\.self)
        findings.append(await rightToCreate())
        findings.append(
            await rightToRead(
                .view, "/api/contacts", "contacts", granted: "contacts may be looked at",
                refused: "contacts may not be looked at: an import cannot tell unchanged ones"))
        findings.append(
            await rightToRead(
                .fields, "/api/fields/contact", "fields", granted: "the fields may be read",
                refused:
                    "the fields may not be read: values cannot be checked before they are sent"))
        return findings
    }

    /// What the answer to the question who is asking says: address, API and credential.
    private func identity(in response: HTTPResponse) -> [Finding] {
        let address = "a Mautic answers at \(baseURL.description.sanitised(limit: 200))"
        if (200...299).contains(response.status) {
            guard let user = MauticUser(response) else {
                return [
                    Finding(
                        .baseURL,
                        failed: notMautic(response, "what answers there is no Mautic's API"))
                ]
            }
            let role = user.role.map { ", with the role \($0)" } ?? ""
            return [
                Finding(.baseURL, .ok, address), Finding(.api, .ok, "the API is switched on"),
                Finding(.credential, .ok, "it knows you as \(user.name ?? user.username)\(role)"),
            ]
        }
        let error = MauticError(response, to: request("GET", "/api/users/self"), at: exchange.now)
        switch error.code {
        case .apiDisabled, .basicDisabled:
            return [Finding(.baseURL, .ok, address), Finding(.api, failed: error)]
        case .unauthorised, .notPermitted:
            return [
                Finding(
                    .baseURL, .ok,
                    "something answers at \(baseURL.description.sanitised(limit: 200))"),
                Finding(.credential, failed: error),
            ]
        default: return [Finding(.baseURL, failed: error)]
        }
    }

    /// Tokens and their proofs carry times, and a login ends by the server's clock.
    private func clock(in response: HTTPResponse) -> Finding? {
        guard let date = response.fields["Date"].flatMap({ Timestamp(httpDate: $0) }) else {
            return nil
        }
        let difference = date.seconds(until: exchange.now)
        guard difference.magnitude > 60 else {
            return Finding(.clock, .ok, "its clock and this machine's agree")
        }
        let words = difference > 0 ? "behind" : "ahead of"
        return Finding(
            .clock, .warning, "its clock is \(difference.magnitude) s \(words) this machine's",
            hints: [
                "set both clocks by NTP: tokens are taken for expired, or for valid when they are not"
            ])
    }

    private func version(in response: HTTPResponse) -> Finding? {
        guard let text = response.fields["Mautic-Version"]?.sanitised(limit: 40) else { return nil }
        let digits = text.drop { !$0.isNumber }.prefix { $0.isNumber }
        guard let major = Int(digits) else { return Finding(.version, .ok, "it is Mautic \(text)") }
        guard major >= 5 else {
            return Finding(
                .version, .warning, "it is Mautic \(text), which gets no more updates",
                hints: ["after a change of its API settings its cache must be cleared"])
        }
        return Finding(.version, .ok, "it is Mautic \(text)")
    }

    /// A batch of no contacts: the right to create is looked at before its content is.
    private func rightToCreate() async -> Finding {
        var request = request("POST", "/api/contacts/batch/new")
        request.fields.set("Content-Type", "application/json")
        request.body = Secret(utf8: "[]")
        return await right(
            .create, request, ["statusCodes", "contacts"], granted: "contacts may be created",
            refused: "contacts may not be created", otherwise: .failed)
    }

    private func rightToRead(
        _ subject: Finding.Subject, _ path: String, _ member: String, granted: String,
        refused: String
    ) async -> Finding {
        var request = request("GET", path)
        request.url.query = "limit=1"
        return await right(
            subject, request, [member], granted: granted, refused: refused, otherwise: .warning)
    }

    /// - Parameter members: of which an answer of Mautic's has one.
    private func right(
        _ subject: Finding.Subject, _ request: HTTPRequest, _ members: [String], granted: String,
        refused: String, otherwise state: Finding.State
    ) async -> Finding {
        switch await exchange.outcome(of: request) {
        case .failure(let error): return Finding(subject, failed: MauticError(error, to: request))
        case .success(let response) where (200...299).contains(response.status):
            guard let json = try? JSON(parsing: response.body, limits: .ofLists),
                members.contains(where: { json[$0] != nil })
            else {
                return Finding(
                    subject,
                    failed: notMautic(
                        response,
                        "\(request.url.path.sanitised()) is answered by something that is no Mautic"
                    ))
            }
            return Finding(subject, .ok, granted)
        case .success(let response):
            let error = MauticError(response, to: request, at: exchange.now)
            switch error.code {
            // It has looked at the content of what it would have taken.
            case .validation: return Finding(subject, .ok, granted)
            case .notPermitted where error.dialect == .controller:
                return Finding(subject, state, refused, hints: error.hints)
            default: return Finding(subject, failed: error)
            }
        }
    }
}
