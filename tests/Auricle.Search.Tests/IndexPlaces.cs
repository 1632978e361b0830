using System.Diagnostics;
using System.Reflection;
using Auricle.Testing;
using Xunit.Sdk;

namespace Auricle.Search.Tests;

/// <summary>Runs a theory with an engine, or skips it with the reason why it is not there.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class EngineAttribute : DataAttribute
{
    private readonly string _engine;

    public EngineAttribute(string engine)
    {
        _engine = engine;
        if (engine == "postgres" && !Pglite.IsInstalled)
            Skip = $"PostgreSQL with pgvector comes from npm, which ./test installs into '{Pglite.Folder}', and it is not there.";
    }

    public override IEnumerable<object[]> GetData(MethodInfo testMethod) => [[_engine]];
}

/// <summary>Places for new indexes of every engine, gone at the end of a test.</summary>
internal sealed class IndexPlaces : IDisposable
{
    private static int _schemas;
    private readonly string _root = Directory.CreateTempSubdirectory("auricle-index-").FullName;
    private int _places;

    public string New(string engine) => engine == "postgres"
        ? $"{Pglite.Address}&schema=test{Interlocked.Increment(ref _schemas)}"
        : Path.Combine(_root, $"{_places++}");

    public void Dispose() => Directory.Delete(_root, recursive: true);
}

/// <summary>A real PostgreSQL with pgvector, compiled to WebAssembly and served on a port of the loopback interface, as long as this process lives.</summary>
internal static class Pglite
{
    private static readonly Lazy<(string Address, Process Server)> Started = new(() => (Start(out var server), server));

    /// <summary>Where ./test installs it.</summary>
    public static string Folder { get; } = Path.Combine(Fixtures.RepositoryRoot, "artifacts", "pglite");

    public static bool IsInstalled { get; } = Directory.Exists(Path.Combine(Folder, "node_modules", "@electric-sql", "pglite-pgvector"));

    /// <summary>The address of the one that all tests share.</summary>
    public static string Address => Started.Value.Address;

    /// <summary>Starts one; it ends with this process, whose end closes its standard input.</summary>
    public static string Start(out Process server)
    {
        server = Process.Start(new ProcessStartInfo("node", [Path.Combine(Folder, "server.mjs")]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        return server.StandardOutput.ReadLine() is { } port
            ? $"postgres://postgres@127.0.0.1:{port}/postgres?Pooling=false&SSL Mode=Disable"
            : throw new InvalidOperationException("PGlite did not start; its message stands above.");
    }
}
