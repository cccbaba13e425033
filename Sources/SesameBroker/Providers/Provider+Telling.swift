// What a preset tells people and programs.
extension Provider {
    /// The keys that a profile cannot do without, in the order in which they are asked for.
    package var neededKeys: [String] {
        guard endpoints != nil || issuer != nil else { return ["issuer", "client_id"] }
        return neededForms.map(\.key) + ["client_id"] + (needsScope ? ["scope"] : [])
    }

    /// The addresses that only the person knows.
    package var neededForms: [(key: String, form: AddressForm)] {
        forms.filter { $0.form.whole == nil }
    }

    /// Whether a profile with those keys knows where the API is.
    package var knowsAPI: Bool { baseURL != nil }

    /// The redirect URI as it is registered.
    package var registeredRedirectURI: String {
        (redirectURI ?? Profile.anyLoopbackPort).replacing(":0/", with: "/")
    }

    /// What the preset stands for, as a profile would have to say it: addresses may have blanks, and begin with
    /// that of another key where they depend on it.
    package var settings: [(key: String, values: [String])] {
        var settings: [(key: String, values: [String])] = []
        func add(_ key: String, _ values: String?...) {
            let values = values.compactMap(\.self)
            if !values.isEmpty { settings.append((key, values)) }
        }
        add("issuer", issuer?.text)
        add("base_url", baseURL?.text)
        for (key, place) in endpoints?.named ?? [] { add(key, whole(place)) }
        add("client_auth", clientAuthentication)
        add("redirect_uri", redirectURI ?? Profile.anyLoopbackPort)
        if !otherDestinations.isEmpty, let base = baseURL?.text {
            settings.append(("allow", [base] + otherDestinations))
        }
        for (name, value) in authorizationParameters { add("authorize.\(name)", value) }
        return settings
    }

    private func whole(_ place: String) -> String {
        guard place.hasPrefix("/") else { return place }
        let root = endpoints?.root == .issuer ? issuer : baseURL
        return (root?.text ?? "") + place
    }

    /// What to do at the provider: the page, the redirect URI, the notes.
    func usualInstructions(for profile: Profile) -> [String] {
        guard !sources.isEmpty else { return [] }
        let place = registrationPage.map { " at \($0)" } ?? ""
        let redirect =
            profile.grant == .authorizationCode ? ", with the redirect URI %REDIRECT%" : ""
        return ["register a client\(place)\(redirect)"] + notes + elsewhere(profile)
    }

    /// Nobody listens at an address that is on another machine, or wants TLS.
    private func elsewhere(_ profile: Profile) -> [String] {
        guard profile.grant == .authorizationCode, !profile.redirectsToListener else { return [] }
        return [
            "the browser ends at an address where Sesame does not listen: log in with sesame login"
                + " \(profile.name) --paste"
        ]
    }
}

extension AddressForm {
    /// What to write into the blanks, a line each.
    package var explanations: [String] {
        blanks.map { "\($0.name) is \($0.meaning), such as \($0.example)" }
    }
}
