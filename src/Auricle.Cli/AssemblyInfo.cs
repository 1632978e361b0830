using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Auricle.Cli.Tests")]
[assembly: InternalsVisibleTo("Auricle.Fuzz")]
