import SesameHTTP
import SesameOAuth
import SesameSecrets
import SesameSystem
import TestSupport
import Testing

@testable import SesameBroker

/// The whole table: what holds for every preset.
@Suite struct `The table of presets` {
    static let names = Provider.all.map { $0.names[0] }

    @Test func `has no name twice, and nothing but words`() {
        let names = Provider.all.flatMap(\.names)
        #expect(Set(names).count == names.count)
        for name in names {
            #expect(name.allSatisfy { ("a"..."z").contains($0) || $0.isNumber }, "\(name)")
            #expect(Provider.named(name).names.contains(name))
        }
        #expect(Set(Provider.all.map(\.title)).count == Provider.all.count)
    }

    @Test(arguments: names)
    func `has only https addresses`(name: String) throws {
        let provider = Provider.named(name)
        var addresses = provider.forms.map(\.form.example) + provider.otherDestinations
        let endpoints = provider.settings.filter { $0.key.hasSuffix("_endpoint") }
        addresses += endpoints.flatMap(\.values).map { fill($0, provider) }
        addresses += [provider.registrationPage].compactMap(\.self) + provider.sources.map(\.url)
        for address in addresses {
            let url = try #require(HTTPURL(address), "\(address)")
            #expect(url.scheme == .https, "\(address)")
            #expect(!address.contains { $0.isWhitespace })
        }
        let redirect = try #require(HTTPURL(provider.redirectURI ?? Profile.anyLoopbackPort))
        #expect(redirect.isSecure)
    }

    @Test(arguments: names.dropFirst())
    func `says where every entry is from, and what it was read for`(name: String) {
        let provider = Provider.named(name)
        #expect(!provider.sources.isEmpty)
        #expect(provider.sources.allSatisfy { !$0.facts.isEmpty })
        #expect(Set(provider.sources.map(\.url)).count == provider.sources.count)
        #expect(!provider.notes.isEmpty)
        #expect(provider.endpoints != nil || provider.issuer != nil)
        #expect(Provider.lookedUp == "2026-11")
    }

    @Test(arguments: names)
    func `explains every blank of an address`(name: String) {
        for (_, form) in Provider.named(name).forms {
            for blank in form.blanks {
                #expect(form.text.contains(blank.name))
                #expect(blank.name == blank.name.uppercased())
                #expect(!form.example.contains(blank.name))
            }
            #expect(HTTPURL(form.example) != nil, "\(form.example)")
            #expect(form.explanations.count == form.blanks.count)
        }
    }

    @Test(arguments: names)
    func `makes a usable profile from nothing but what an entry says it needs`(name: String)
        async throws
    {
        let house = try Household(preset: name)
        let profile = try house.profile
        #expect(profile.missingKey == nil)
        #expect(profile.redirectsToListener)
        #expect(!profile.provider.knowsAPI == profile.destinations.allowed.isEmpty)
        let (url, parameters) = try await house.asked()
        #expect(url.scheme == .https)
        #expect(parameters["response_type"] == "code")
        #expect(parameters["client_id"] == "cli")
        #expect(parameters["state"]?.utf8.count == 43)
        let hasProof = parameters["code_challenge_method"] == "S256"
        #expect(hasProof == (profile.provider.proof != .refused))
        for (name, value) in profile.provider.authorizationParameters {
            #expect(parameters[name] == value)
        }
        #expect(profile.provider.refusesScope == (parameters["scope"] == nil && name == "mautic"))
    }

    /// Every need is one: without it the profile is refused, and the refusal tells how to write it.
    @Test(arguments: names)
    func `asks for nothing that a profile could do without`(name: String) throws {
        for key in Provider.named(name).neededKeys {
            let house = try Household(preset: name, [key: ""])
            let error = #expect(throws: BrokerError.self) { try house.broker.usableProfile("p") }
            #expect(error?.message == "profile p has no `\(key)`")
            let form = Provider.named(name).neededForms.first { $0.key == key }?.form
            let hints = error?.hints ?? []
            #expect(hints.contains { $0.contains(form?.text ?? "setup p --") }, "\(hints)")
            for line in form?.explanations ?? [] { #expect(hints.contains(line)) }
        }
    }

    @Test(arguments: names)
    func `lets tokens go to the API it names, and nowhere near it`(name: String) throws {
        let profile = try Household(preset: name).profile
        for base in [profile.baseURL].compactMap(\.self) {
            #expect(throws: Never.self) {
                try profile.destinations.admit(base.appending(path: "/v1/things"))
            }
            #expect(throws: (any Error).self) {
                try profile.destinations.admit("https://\(base.host).evil.example/")
            }
        }
        for other in profile.provider.otherDestinations {
            #expect(throws: Never.self) { try profile.destinations.admit("\(other)/x") }
        }
    }

    @Test(arguments: names)
    func `knows lifetimes that can be`(name: String) {
        let lifetimes = Provider.named(name).lifetimes
        for seconds in [lifetimes.access, lifetimes.login, lifetimes.idle].compactMap(\.seconds) {
            #expect((60...400 * 86_400).contains(seconds))
        }
        if let idle = lifetimes.idle.seconds, let login = lifetimes.login.seconds {
            #expect(idle <= login)
        }
    }

    /// A login where Sesame cannot listen is told to be one by hand.
    @Test(arguments: [
        ("https://app.example/callback", true), ("https://127.0.0.1:8400/callback", true),
        ("http://127.0.0.1:8400/callback", false),
    ])
    func `tells to paste where nobody listens`(uri: String, isPasted: Bool) throws {
        let profile = try Household(preset: "github", ["redirect_uri": uri]).profile
        #expect(profile.instructions.contains { $0.contains("sesame login p --paste") } == isPasted)
        #expect(profile.instructions[0].contains(uri))
    }

    private func fill(_ text: String, _ provider: Provider) -> String {
        provider.forms.flatMap(\.form.blanks).reduce(text) { text, blank in
            text.replacing(blank.name, with: blank.example)
        }
    }
}
