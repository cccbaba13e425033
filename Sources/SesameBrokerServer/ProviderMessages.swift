import SesameBroker
import SesameBrokerAPI

/// The broker's presets as the API's messages.
extension ProviderMessage {
    init(_ provider: Provider) {
        let forms = provider.neededForms
        self.init(
            names: provider.names, title: provider.title,
            needs: provider.neededKeys.map { key in
                forms.first { $0.key == key }.map { Need(key, $0.form) } ?? Need(key)
            },
            settings: Settings(
                provider.settings.map { Settings.Entry($0.key, $0.values) }),
            lookedUp: Provider.lookedUp)
        registrationPage = provider.registrationPage
        redirectURI = provider.registeredRedirectURI
        needsClientSecret = provider.needsClientSecret
        knowsAPI = provider.knowsAPI
        loginScope = provider.loginScope
        pkce = provider.proof.rawValue
        accessLifetime = Lifetime(provider.lifetimes.access)
        loginLifetime = Lifetime(provider.lifetimes.login)
        idleLifetime = Lifetime(provider.lifetimes.idle)
        rotation = provider.rotation.rawValue
        notes = provider.notes
        sources = provider.sources.map { Source(url: $0.url, facts: $0.facts) }
    }
}

extension ProviderMessage.Need {
    fileprivate init(_ key: String, _ form: AddressForm) {
        self.init(
            key, form: form.text,
            blanks: form.blanks.map {
                ProviderMessage.Blank(name: $0.name, meaning: $0.meaning, example: $0.example)
            })
    }
}

extension ProviderMessage.Lifetime {
    fileprivate init(_ span: Lifetimes.Span) {
        self =
            switch span {
            case .seconds(let seconds): .seconds(seconds)
            case .untilRevoked: .untilRevoked
            case .configurable: .configurable
            case .notKnown: .notKnown
            }
    }
}
