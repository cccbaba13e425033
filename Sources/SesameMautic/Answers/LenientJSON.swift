import SesameJSON

// PHP writes an empty object as `[]`, a list with gaps as an object, and numbers as strings now and
// then. What is read from Mautic is therefore read through these.
extension JSON {
    /// A text, however it is spelt: a string, a number or a boolean.
    var text: String? { string ?? numberText ?? bool.map { $0 ? "true" : "false" } }

    /// A whole number, also one that stands in a string.
    var wholeNumber: Int64? { integer ?? string.flatMap { Int64($0) } }

    /// The values of an array, or of an object whose names are positions.
    var list: [JSON] { elements ?? members?.map(\.value) ?? [] }

    /// The names and values of an object; an empty array counts as an object without any.
    var entries: [(name: String, value: JSON)] { members ?? [] }
}
