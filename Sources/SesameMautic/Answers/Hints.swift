import SesameHTTP
import SesameSecrets

extension MauticError {
    /// What a person can do about it, the likeliest first.
    static func hints(
        for code: Code, _ body: ErrorBody, _ response: HTTPResponse, _ request: HTTPRequest
    ) -> [String] {
        switch code {
        case .validation where response.status == 422:
            [
                "two or more contacts in Mautic have this value already: merge them there, then try again"
            ]
        case .unauthorised(let doubt): hints(for: doubt)
        case .apiDisabled:
            [
                "in Mautic: Settings, Configuration, API Settings: set “API enabled?” to Yes and save",
                "up to Mautic 4 the cache must be cleared afterwards",
            ]
        case .basicDisabled:
            [
                "in Mautic: Settings, Configuration, API Settings: set “Enable HTTP basic auth?” to Yes",
                "or use an OAuth 2 grant instead of basic",
            ]
        case .notPermitted where body.dialect == .foreign:
            [
                "the answer is not from Mautic's API: a firewall or proxy in front of it may have refused"
            ]
        case .notPermitted: [permissionHint(for: request)]
        case .notFound where body.dialect == .controller: []
        case .notFound:
            [
                "check base_url: it is the address of Mautic itself, with its folder if it has one",
                "up to Mautic 4 the cache must be cleared once after the API was enabled",
            ]
        case .badResponse where (300..<400).contains(response.status):
            [redirectHint(response, to: request)]
        case .badResponse:
            ["check base_url: a proxy or a login page may answer there instead of Mautic"]
        case .temporary: ["try again later; Mautic's log (var/logs) says more"]
        default: []
        }
    }

    private static func hints(for doubt: Doubt) -> [String] {
        switch doubt {
        case .credentialMissing:
            [
                "something on the way may remove the Authorization header: a proxy, or PHP over FastCGI",
                "Apache: SetEnvIf Authorization \"(.*)\" HTTP_AUTHORIZATION=$1; "
                    + "nginx: fastcgi_param HTTP_AUTHORIZATION $http_authorization",
                "with HTTP Basic it can also mean a wrong user name or password",
            ]
        case .token:
            [
                "log in again; if it happens at once, the API credential may have been deleted in Mautic"
            ]
        case .password:
            [
                "check user name and password; the user must be published in Mautic",
                "with an OAuth 2 grant: the web server itself wants a password before Mautic is asked",
            ]
        }
    }

    private static func permissionHint(for request: HTTPRequest) -> String {
        let path = request.url.path
        let need: String? =
            switch request.method {
            case "POST" where path.contains("/api/segments"):
                "“Segments: View” and “Contacts: Edit”"
            case "GET" where path.contains("/api/segments"): "“Segments: View”"
            case "GET" where path.contains("/api/fields"): "“Custom Fields: Full”"
            case _ where !path.contains("/api/contacts"): nil
            case "POST": "“Contacts: Create”"
            case "PATCH": "“Contacts: Edit Own” or “Edit Others”"
            case "DELETE": "“Contacts: Delete Own” or “Delete Others”"
            case "GET": "“Contacts: View Own” or “View Others”"
            default: nil
            }
        return "in Mautic: Settings, Roles: the role needs \(need ?? "more rights")"
    }

    private static func redirectHint(_ response: HTTPResponse, to request: HTTPRequest) -> String {
        guard let target = request.url.following(response.fields["Location"]) else {
            return "set base_url to the address that Mautic's own pages have"
        }
        let wanted = request.url.path
        let call = wanted.ranges(of: "/api/").last.map { wanted[$0.lowerBound...] } ?? wanted[...]
        let path = target.path.hasSuffix("/") ? target.path.dropLast() : target.path[...]
        guard path.hasSuffix(call) else {
            return
                "it leads to \((target.origin + target.path).sanitised()), which is no part of the API: compare base_url with the address of Mautic's own pages"
        }
        let base = target.origin + path.dropLast(call.count)
        guard base != request.url.origin + wanted.dropLast(call.count) else {
            return
                "base_url is right: a rule of the web server sends calls of the API to themselves; look at its rewrite rules"
        }
        return "set base_url to \(base.sanitised())"
    }
}

extension HTTPURL {
    /// Where a `Location` leads to (RFC 9110, section 10.2.2), as far as servers write it.
    fileprivate func following(_ location: String?) -> HTTPURL? {
        guard let location else { return nil }
        if location.hasPrefix("//") { return HTTPURL(scheme.rawValue + ":" + location) }
        return HTTPURL(location.hasPrefix("/") ? origin + location : location)
    }
}
