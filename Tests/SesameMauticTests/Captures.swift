/// Answers of a real Mautic 7.0.0, cut to what matters.
enum Captures {
    /// 201 with every spelling that surprises: `[]` for empty groups, an id as text in `all`.
    static let created = """
        {"contact":{"isPublished":true,"dateAdded":"2026-11-22T21:50:30+00:00","createdBy":1,\
        "createdByUser":"Ada Admin","id":2,"points":0,"color":null,\
        "fields":{"core":{"email":{"id":6,"group":"core","label":"Email","alias":"email",\
        "type":"email","properties":[],"value":"ada@example.test","normalizedValue":"ada@example.test"},\
        "interests":{"id":45,"group":"core","label":"Interests","alias":"interests",\
        "type":"multiselect","properties":{"list":[{"label":"Red","value":"red"},\
        {"label":"Blue","value":"blue"}]},"value":"red|blue","normalizedValue":"Red|Blue"}},\
        "social":{},"personal":[],"professional":[],\
        "all":{"id":"2","newsletter_ok":true,"interests":"red|blue","plan":"pro",\
        "birthday":"1815-12-10","trial_end":"2026-12-01 08:00:00","seats":5,"score_d":1.25,\
        "firstname":"Ada","lastname":"Lovelace","email":"ada@example.test","website":null}},\
        "lastActive":null,"owner":null,"ipAddresses":[],\
        "tags":[{"id":1,"tag":"vip","description":null},{"id":2,"tag":"beta","description":null}],\
        "utmtags":null,"stage":null,"doNotContact":[],"frequencyRules":[]}}
        """

    static let badEmail = """
        {"errors":[{"code":400,"message":"email: not-an-email is invalid.",\
        "details":{"email":["not-an-email is invalid."]}}]}
        """

    static let threeProblems = """
        {"errors":[{"code":400,"message":"plan: The selected choice is invalid., email: bad is \
        invalid., country: The selected choice is invalid.","details":{"plan":["The selected choice \
        is invalid."],"email":["bad is invalid."],"country":["The selected choice is invalid."]}}]}
        """

    static let notUnique = """
        {"errors":[{"code":422,"message":"email: This field must be unique.",\
        "details":{"email":["This field must be unique."]}}]}
        """

    static let forbidden = """
        {"errors":[{"code":403,"message":"You do not have access to the requested area\\/action.",\
        "details":[]}]}
        """

    static let noSuchItem = """
        {"errors":[{"code":404,"message":"Item was not found.","details":[]}]}
        """

    static let noSuchRoute = """
        {"errors":[{"message":"Requested URL not found: \\/api\\/contacts\\/new\\/","code":404,"type":null}]}
        """

    static let crash = """
        {"errors":[{"message":"Looks like I encountered an error (error #500). If I do it again, \
        please report me to the system administrator!","code":500,"type":null}]}
        """

    static let denied = """
        {"errors":[{"message":"API authorization denied.","code":401,"type":"access_denied"}]}
        """

    static let expired = """
        {"errors":[{"message":"The access token provided has expired.","code":401,\
        "type":"invalid_grant"}]}
        """

    static let basicDisabled = """
        {"errors":[{"message":"Basic Auth disabled. You need to enable HTTP basic auth in the API \
        settings of Mautic\\u0027s Configuration.","code":403,"type":"access_denied"}]}
        """

    static let apiDisabled = """
        {"errors":[{"message":"API disabled. You need to enable the API in the API settings of \
        Mautic\\u0027s Configuration.","code":403,"type":"api_disabled"}]}
        """

    static let tooMany = """
        { "errors": [ { "code": 429, "message": "You exceeded the rate limit of 5 API calls per \
        hour.", "details": [] } ]}
        """

    static let offline = """
        <!DOCTYPE html>
        <html><head><title>Site is offline</title></head><body><h1>Offline</h1></body></html>
        """

    static let fields = """
        {"total":2,"fields":{"44":{"id":44,"alias":"plan","type":"select","charLengthLimit":191,\
        "properties":{"list":[{"label":"Basic","value":"basic"},{"label":"Pro","value":"pro"}]}},\
        "6":{"id":6,"alias":"email","type":"email","properties":[]}}}
        """

    static let lighterFields = """
        {"44":{"id":44,"label":"Seats","alias":"plan","type":"number","group":"core","order":1}}
        """
}
