namespace Auricle.Text.Tests;

public sealed class CanonicalTextTests
{
    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("Caf\u00e9", "Cafe\u0301")]
    [InlineData("Cafe\u0301", "Cafe\u0301")]
    [InlineData("\u1ec7", "e\u0323\u0302")] // e with circumflex and dot below, in two steps
    [InlineData("a\u0301\u0323", "a\u0323\u0301")] // marks below come before marks above
    [InlineData("a\u0301\u0300", "a\u0301\u0300")] // marks of one class keep their order
    [InlineData("\u00c5", "A\u030a")]
    [InlineData("\u212b", "A\u030a")] // the unit
    [InlineData("\ud55c\uae00", "\u1112\u1161\u11ab\u1100\u1173\u11af")]
    [InlineData("\ufb01", "\ufb01")] // a ligature is another text only in compatibility
    [InlineData("\ud834\udd5e", "\ud834\udd57\ud834\udd65")]
    public void Decompose_IsUnicodesCanonicalForm(string text, string expected) => Assert.Equal(expected, CanonicalText.Decompose(text));
}
