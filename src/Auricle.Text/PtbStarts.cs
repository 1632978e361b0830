namespace Auricle.Text;

/// <summary>Kinds of ASCII characters a match may begin with.</summary>
[Flags]
internal enum PtbStarts
{
    Letter = 1,
    Digit = 2,
    Mark = 4,
    Any = Letter | Digit | Mark,
}
