namespace Auricle.Text.Subwords;

/// <summary>A token that is recognised in raw text as a whole, before anything is split or lower-cased.</summary>
/// <param name="Content">Its spelling.</param>
/// <param name="Id">Its id.</param>
/// <param name="TakesBlanksBefore">Whether it swallows the white space on its left.</param>
/// <param name="TakesBlanksAfter">Whether it swallows the white space on its right.</param>
public readonly record struct AddedToken(string Content, int Id, bool TakesBlanksBefore = false, bool TakesBlanksAfter = false);
