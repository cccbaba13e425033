import SesameJSON
import SesameSecrets

extension FuzzTarget {
    /// What is read can be written, and then says the same.
    static let json = FuzzTarget(
        "json",
        seeds: [
            #"{"a":[1,-2.5e3,true,false,null,"x\n\"\\\/\u00e9\ud83d\ude00"],"b":{}}"#,
            #"[0,-0,1E+2,9223372036854775807,1e400,"é",""]"#,
            #"{"a":{"a":{"a":[[[]]]}},"\u0061b":1}"#,
        ]
    ) { bytes throws(Violation) in
        guard let json = try? JSON(parsing: Secret(copying: bytes)) else { return }
        let written = value(of: json).encoded()
        guard let again = try? JSON(parsing: written) else {
            throw Violation("what was read and written cannot be read")
        }
        try require(value(of: again).encoded().equals(written), "it was read in two ways")
        try require(areSame(json, again), "a value has changed")
    }

    private static func value(of json: JSON) -> JSONValue {
        if let members = json.members { return .object(members.map { ($0, value(of: $1)) }) }
        if let elements = json.elements { return .array(elements.map(value)) }
        if let secret = json.secret { return .secret(secret) }
        if let number = json.numberText { return .number(number) }
        return json.bool.map(JSONValue.bool) ?? .null
    }

    private static func areSame(_ first: JSON, _ second: JSON) -> Bool {
        if let ours = first.members, let theirs = second.members {
            return ours.count == theirs.count
                && zip(ours, theirs).allSatisfy {
                    $0.name == $1.name && areSame($0.value, $1.value)
                }
        }
        if let ours = first.elements, let theirs = second.elements {
            return ours.count == theirs.count && zip(ours, theirs).allSatisfy(areSame)
        }
        if let ours = first.secret { return second.secret?.equals(ours) == true }
        return first.isNull == second.isNull && first.bool == second.bool
            && first.integer == second.integer && first.double == second.double
    }
}
