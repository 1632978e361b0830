using Auricle.Evaluation;

namespace Auricle.Evaluation.Tests;

public sealed class SpreadsheetCellTests
{
    [Theory]
    [InlineData("=1+1", "'=1+1")]
    [InlineData("+x", "'+x")]
    [InlineData("-rain.wav", "'-rain.wav")]
    [InlineData("@SUM(A1)", "'@SUM(A1)")]
    [InlineData("\tx", "'\tx")]
    [InlineData("\rx", "'\rx")]
    [InlineData("＝1", "'＝1")]
    [InlineData("'=1", "''=1")]
    [InlineData("''@x", "'''@x")]
    [InlineData("'tis", "'tis")]
    [InlineData("-0.25", "-0.25")]
    [InlineData("-1E-05", "-1E-05")]
    [InlineData("-", "-")]
    [InlineData("", "")]
    [InlineData("a dog = a dog", "a dog = a dog")]
    public void Quote_TextThatRuns_GetsAnApostropheThatIsTakenAway(string text, string cell)
    {
        Assert.Equal(cell, SpreadsheetCell.Quote(text));
        Assert.Equal(text, SpreadsheetCell.Unquote(cell));
    }
}
