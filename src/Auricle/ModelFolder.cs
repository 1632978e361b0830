namespace Auricle;

/// <summary>A model on this machine.</summary>
/// <param name="Name">What users call it: <c>auricle-small</c>, <c>Labbeti/conette</c>, or the last part of a folder's path.</param>
/// <param name="Path">The folder with <c>config.json</c> and the weights.</param>
public sealed record ModelFolder(string Name, string Path);
