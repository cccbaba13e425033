/// An address with blanks that only the person can fill in, such as the name of a tenant.
///
/// Without blanks it is the address itself.
package struct AddressForm: Sendable, Hashable {
    /// A part of an address, in capitals, which stands for something.
    package struct Blank: Sendable, Hashable {
        package let name: String
        /// What to write there, in words.
        package let meaning: String
        package let example: String

        init(_ name: String, _ meaning: String, example: String) {
            self.name = name
            self.meaning = meaning
            self.example = example
        }
    }

    /// The address as it is shown, blanks and all.
    package let text: String
    package let blanks: [Blank]

    init(_ text: String, _ blanks: Blank...) {
        self.text = text
        self.blanks = blanks
    }

    /// The address, where it has no blanks.
    var whole: String? { blanks.isEmpty ? text : nil }

    /// The address with its examples.
    package var example: String { filled { $0.example } }

    private func filled(_ value: (Blank) -> String) -> String {
        blanks.reduce(text) { text, blank in
            text.split(separator: blank.name, omittingEmptySubsequences: false)
                .joined(separator: value(blank))
        }
    }
}

extension AddressForm: ExpressibleByStringLiteral {
    package init(stringLiteral text: String) { self.init(text) }
}
