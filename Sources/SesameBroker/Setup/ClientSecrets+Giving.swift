import SesameStore

// What a set-up is given.
extension ClientSecrets {
    var isEmpty: Bool {
        clientSecret == nil && laterClientSecrets.isEmpty && username == nil && password == nil
            && registration == nil
    }

    var isUnbound: Bool {
        clientSecret != nil && clientSecretFor == nil || password != nil && passwordFor == nil
    }
}
