import SesameSecrets
import SesameSystem

/// Who may do what: the part of a login, or of a client's own grant, that its tokens share.
struct Grant: Sendable {
    let clientID: String
    /// `nil` when a client acts for itself.
    let user: PracticeUser?
    let scope: String?
    /// The key that its tokens are bound to (RFC 9449).
    var keyThumbprint: String?

    /// Whether every word of a scope was granted.
    func covers(_ wanted: String) -> Bool {
        let granted = (scope ?? "").split(separator: " ")
        return wanted.split(separator: " ").allSatisfy { granted.contains($0) }
    }
}

/// What one token request gives.
struct Issued: Sendable {
    let access: Secret
    let refresh: Secret?
    let expiresAt: Timestamp
    let scope: String?
    /// How many refresh tokens this login has had; `nil` without any.
    let generation: Int?
    /// Whether a refresh token was spent for it.
    var isRotation = false
    /// Whether it was given for an access token (RFC 8693).
    var isExchanged = false
    /// Whether the tokens are bound to a key.
    var isBound = false
}

/// All access and refresh tokens of an issuer, by their digests.
struct TokenTable: Sendable {
    struct Access: Sendable {
        let family: Int
        let grant: Grant
        var expiresAt: Timestamp
    }

    struct Refresh: Sendable {
        let family: Int
        let grant: Grant
        let generation: Int
        let expiresAt: Timestamp
        var spent: (at: Timestamp, for: Issued)?
    }

    /// What became of a refresh.
    enum Renewal: Sendable {
        case issued(Issued)
        case unknown
        case expired
        /// It was used before.
        case replayed
        /// More was asked for than the login was granted (RFC 6749, section 6).
        case broader
        /// It is bound to a key, and another one came with it, or none (RFC 9449, section 5).
        case otherKey
    }

    private var access: [TokenHash: Access] = [:]
    private var refresh: [TokenHash: Refresh] = [:]
    private var lastFamily = 0
    private var sweepAbove = 50_000

    /// Tokens for a new login, or for a client itself when it gets no refresh token.
    mutating func begin(_ grant: Grant, withRefresh: Bool, by mint: Mint) -> (Issued, family: Int) {
        sweep(mint)
        lastFamily += 1
        let refresh = withRefresh ? addRefresh(lastFamily, grant, generation: 1, by: mint) : nil
        let issued = add(lastFamily, grant, refresh, generation: withRefresh ? 1 : nil, by: mint)
        return (issued, lastFamily)
    }

    /// Tokens for a refresh token, by the issuer's rotation.
    /// - Parameter scope: what the access token is for; the refresh token keeps what it has.
    mutating func renew(
        _ token: Secret, of clientID: String, scope: String? = nil, key: String? = nil,
        by mint: Mint
    ) -> Renewal {
        sweep(mint)
        let hash = TokenHash(token)
        guard let old = refresh[hash], old.grant.clientID == clientID else { return .unknown }
        guard mint.now < old.expiresAt else { return .expired }
        if let bound = old.grant.keyThumbprint, bound != key { return .otherKey }
        if let spent = old.spent { return replay(old, spent, mint) }
        if let scope, !old.grant.covers(scope) { return .broader }
        let grant = Grant(
            clientID: clientID, user: old.grant.user, scope: scope ?? old.grant.scope,
            keyThumbprint: key)
        guard mint.scenario.rotation != .none else {
            return .issued(add(old.family, grant, nil, generation: old.generation, by: mint))
        }
        var whole = old.grant
        whole.keyThumbprint = key
        let next = addRefresh(old.family, whole, generation: old.generation + 1, by: mint)
        var issued = add(old.family, grant, next, generation: old.generation + 1, by: mint)
        refresh[hash]?.spent = (mint.now, issued)
        issued.isRotation = true
        return .issued(issued)
    }

    /// An access token of the same login that may do less, or is another client's.
    mutating func derive(
        from record: Access, for clientID: String, scope: String?, key: String? = nil, by mint: Mint
    ) -> Issued {
        let grant = Grant(
            clientID: clientID, user: record.grant.user, scope: scope, keyThumbprint: key)
        var issued = add(record.family, grant, nil, generation: nil, by: mint)
        issued.isExchanged = true
        return issued
    }

    /// The record of an access token, expired or not.
    func find(_ token: Secret) -> Access? { access[TokenHash(token)] }

    /// Ends whatever the token belongs to (RFC 7009, section 2.1): a refresh token takes all of its login along.
    mutating func revoke(_ token: Secret, of clientID: String) {
        let hash = TokenHash(token)
        if let record = refresh[hash], record.grant.clientID == clientID {
            revoke(family: record.family)
        }
        if let record = access[hash], record.grant.clientID == clientID { access[hash] = nil }
    }

    /// Ends every token of a login.
    mutating func revoke(family: Int) {
        access = access.filter { $0.value.family != family }
        refresh = refresh.filter { $0.value.family != family }
    }

    /// Ends every token of a client.
    mutating func revoke(client: String) {
        access = access.filter { $0.value.grant.clientID != client }
        refresh = refresh.filter { $0.value.grant.clientID != client }
    }

    /// Makes every access token expired.
    mutating func expireAccess(at now: Timestamp) {
        for hash in access.keys { access[hash]?.expiresAt = now }
    }

    var counts: (access: Int, refresh: Int) {
        (access.count, refresh.values.count { $0.spent == nil })
    }

    private mutating func replay(
        _ old: Refresh, _ spent: (at: Timestamp, for: Issued), _ mint: Mint
    ) -> Renewal {
        switch mint.scenario.rotation {
        case .grace(let seconds) where mint.now < spent.at.adding(seconds: seconds):
            return .issued(spent.for)
        case .familyRevocation:
            revoke(family: old.family)
            return .replayed
        default: return .replayed
        }
    }

    private mutating func addRefresh(
        _ family: Int, _ grant: Grant, generation: Int, by mint: Mint
    ) -> Secret {
        let token = mint.token()
        refresh[TokenHash(token)] = Refresh(
            family: family, grant: grant, generation: generation, expiresAt: mint.refreshExpiry)
        return token
    }

    private mutating func add(
        _ family: Int, _ grant: Grant, _ refresh: Secret?, generation: Int?, by mint: Mint
    ) -> Issued {
        let token = mint.token()
        access[TokenHash(token)] = Access(
            family: family, grant: grant, expiresAt: mint.accessExpiry)
        var issued = Issued(
            access: token, refresh: refresh, expiresAt: mint.accessExpiry, scope: grant.scope,
            generation: generation)
        issued.isBound = grant.keyThumbprint != nil
        return issued
    }

    /// Forgets what nobody can use, so that a benchmark of hours needs little more memory than one of
    /// minutes.
    ///
    /// A spent refresh token that is forgotten is refused as an unknown one. The next sweep comes when
    /// the tables have doubled, so that it costs nothing on average.
    private mutating func sweep(_ mint: Mint) {
        guard access.count + refresh.count > sweepAbove else { return }
        let now = mint.now
        let past = now.adding(seconds: -max(60, mint.scenario.rotation.graceSeconds))
        access = access.filter { $0.value.expiresAt > past }
        refresh = refresh.filter { $0.value.expiresAt > past && ($0.value.spent?.at ?? now) > past }
        sweepAbove = max(50_000, 2 * (access.count + refresh.count))
    }
}
