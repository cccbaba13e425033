import SesameSystem
import Testing

@Suite struct `A timestamp` {
    @Test(arguments: [
        (Int64(0), "1970-01-01T00:00:00Z"),
        (1_709_210_096, "2024-02-29T12:34:56Z"),
        (4_102_444_799, "2099-12-31T23:59:59Z"),
        (-1, "1969-12-31T23:59:59Z"),
        (2_147_483_648, "2038-01-19T03:14:08Z"),
    ])
    func `is written and read as RFC 3339`(seconds: Int64, text: String) {
        #expect(Timestamp(seconds: seconds).description == text)
        #expect(Timestamp(text) == Timestamp(seconds: seconds))
    }

    @Test(arguments: [
        "", "2024-02-30T00:00:00Z", "2023-02-29T00:00:00Z", "2024-13-01T00:00:00Z",
        "2024-01-01T24:00:00Z", "2024-01-01 00:00:00Z", "2024-01-01T00:00:00+00:00",
        "2024-1-1T00:00:00Z", "20x4-01-01T00:00:00Z",
    ])
    func `refuses what is no time in UTC`(text: String) {
        #expect(Timestamp(text) == nil)
    }

    @Test func `never overflows`() {
        #expect(Timestamp(seconds: .max).adding(seconds: 1).seconds == .max)
        #expect(Timestamp(seconds: .min).adding(seconds: -1).seconds == .min)
        #expect(Timestamp(seconds: .min).seconds(until: Timestamp(seconds: .max)) == .max)
        #expect(Timestamp(seconds: .max).seconds(until: Timestamp(seconds: .min)) == .min)
        #expect(Timestamp(seconds: .max).description == "9999-12-31T23:59:59Z")
        #expect(Timestamp(seconds: .min).description == "0000-01-01T00:00:00Z")
    }

    @Test func `agrees with itself on every day of four centuries`() {
        for day in stride(from: Int64(0), to: 146_097, by: 1) {
            let time = Timestamp(seconds: day * 86_400)
            #expect(Timestamp(time.description) == time)
        }
    }
}
