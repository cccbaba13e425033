import SesameCrypto
import SesameHTTP
import SesameHTTPServer
import SesameJSON
import SesameSecrets
import SesameSystem

/// The device authorization grant (RFC 8628).
extension Issuer {
    static let deviceGrant = "urn:ietf:params:oauth:grant-type:device_code"

    /// The device authorization endpoint (RFC 8628, section 3.1).
    mutating func authorizeDevice(_ exchange: Exchange) -> Reply {
        do throws(Refusal) {
            let form = try checkedForm(exchange)
            let client = try authenticateClient(exchange, form)
            guard client.grantTypes.contains(Self.deviceGrant) else {
                throw Refusal(
                    code: "unauthorized_client", description: "this client has no device codes")
            }
            let device = DeviceTable.Device(
                clientID: client.id, userCode: userCode(exchange), scope: try admit(form["scope"]),
                expiresAt: exchange.now.adding(seconds: scenario.deviceCodeLifetime))
            let code = devices.add(device, by: mint(exchange))
            return Reply(answer(device, code, exchange))
        } catch {
            return Reply(error.response)
        }
    }

    private func answer(
        _ device: DeviceTable.Device, _ code: Secret, _ exchange: Exchange
    ) -> ServerResponse {
        let page = exchange.issuer + "/device"
        return .json(
            200,
            .object([
                ("device_code", .secret(code)), ("user_code", .string(device.userCode)),
                ("verification_uri", .string(page)),
                ("verification_uri_complete", .string("\(page)?user_code=\(device.userCode)")),
                ("expires_in", .integer(scenario.deviceCodeLifetime)),
                ("interval", .integer(scenario.deviceInterval)),
            ]))
    }

    /// Eight letters that look like no others and form no words (RFC 8628, section 6.1).
    private func userCode(_ exchange: Exchange) -> String {
        let letters = Array("BCDFGHJKLMNPQRSTVWXZ")
        let text = exchange.random.bytes(8).withBytes { bytes in
            String(bytes.indices.map { letters[Int(bytes[$0]) % letters.count] })
        }
        return text.prefix(4) + "-" + text.suffix(4)
    }

    /// What a device that asks for its tokens gets (RFC 8628, section 3.5).
    mutating func redeemDevice(
        _ form: ReceivedForm, _ client: PracticeClient, _ exchange: Exchange
    ) throws(Refusal) -> Issued {
        guard let code = form.secret("device_code") else {
            throw .invalidRequest("device_code is missing")
        }
        guard let device = devices[code], device.clientID == client.id else {
            throw .invalidGrant("the device code is not known")
        }
        guard exchange.now < device.expiresAt else {
            throw Refusal(code: "expired_token", description: "the device code has expired")
        }
        let last = device.polledAt
        devices[code]?.polledAt = exchange.uptime
        if let last, exchange.uptime - last < .seconds(scenario.deviceInterval) {
            throw Refusal(code: "slow_down", description: "asked before the interval was over")
        }
        switch device.decision {
        case .open:
            throw Refusal(code: "authorization_pending", description: "nobody has decided yet")
        case .denied: throw Refusal(code: "access_denied", description: "the person said no")
        case .spent: throw .invalidGrant("the device code was used before")
        case .allowed(let user):
            devices[code]?.decision = .spent
            let grant = Grant(
                clientID: client.id, user: user, scope: device.scope,
                keyThumbprint: exchange.keyThumbprint)
            return tokens.begin(grant, withRefresh: true, by: mint(exchange)).0
        }
    }
}

/// The page at the verification URI (RFC 8628, section 3.3).
extension Issuer {
    /// Asks for the code, or shows it to be compared.
    func showDevicePage(_ exchange: Exchange) -> ServerResponse {
        .page(200, devicePage(exchange, code: exchange.query?["user_code"] ?? "", warning: nil))
    }

    /// Takes the decision.
    mutating func decideOnDevice(_ exchange: Exchange) -> ServerResponse {
        let form = exchange.form
        let code = form?["user_code"] ?? ""
        guard devices.device(typed: code, at: exchange.now) != nil else {
            return .page(
                404, devicePage(exchange, code: "", warning: "There is no such code any more."))
        }
        guard form?["decision"] == "allow" else {
            devices.decide(code, .denied, at: exchange.now)
            return .page(200, .deviceDenied)
        }
        guard let user = user(named: form?["username"], password: form?["password"]) else {
            return .page(
                403, devicePage(exchange, code: code, warning: "Name or password is wrong."))
        }
        devices.decide(code, .allowed(user), at: exchange.now)
        return .page(200, .deviceAllowed)
    }

    private func devicePage(_ exchange: Exchange, code: String, warning: String?) -> Page {
        let device = devices.device(typed: code, at: exchange.now)
        return .device(
            DeviceQuestion(
                client: device.flatMap { client($0.clientID)?.name }, scope: device?.scope,
                code: code, action: exchange.issuer + "/device", user: .ada, warning: warning))
    }
}
