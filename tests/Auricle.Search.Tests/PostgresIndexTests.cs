using Auricle.Search.Postgres;
using Npgsql;

namespace Auricle.Search.Tests;

public sealed class PostgresIndexTests
{
    private static IndexSettings Settings => TestVectors.Settings;

    [Theory, Engine("postgres")]
    public void Open_OlderTables_AreBroughtUpToDate_AndNewerOnesRefused(string engine)
    {
        using var places = new IndexPlaces();
        var place = places.New(engine);
        using (var index = SoundIndex.Create(place, Settings))
            index.Put([TestVectors.File("a.wav", TestVectors.Clustered(1))]);
        var address = DatabaseAddress.Parse(place);
        using var source = NpgsqlDataSource.Create(address.ConnectionString);
        using var connection = new SchemaConnection(source.OpenConnection(), address.Schema);
        connection.Run("drop index ~files_recorded");
        connection.Run("delete from ~migrations where version > 1");
        Assert.Contains("is of an older format (1)", Assert.Throws<IndexException>(() => SoundIndex.Open(place)).Message, StringComparison.Ordinal);
        using (var index = SoundIndex.OpenForWriting(place))
            Assert.Equal(1, index.Count().Files);
        Assert.Equal(Migrations.Latest, Migrations.VersionOf(connection));
        Assert.Equal(true, connection.Scalar("select to_regclass('~files_recorded') is not null"));
        connection.Run("insert into ~migrations (version) values (99)");
        Assert.Contains("by a newer Auricle (format 99", Assert.Throws<IndexException>(() => SoundIndex.Open(place)).Message, StringComparison.Ordinal);
        Assert.Contains("by a newer Auricle (format 99", Assert.Throws<IndexException>(() => SoundIndex.Create(place, Settings)).Message, StringComparison.Ordinal);
    }

    [Theory, Engine("postgres")]
    public void Put_WhenTheDatabaseGoes_IsOneSentence(string engine)
    {
        _ = engine;
        var address = Pglite.Start(out var server);
        using (server)
        {
            using var index = SoundIndex.Create(address, Settings);
            index.Put([TestVectors.File("a.wav", TestVectors.Clustered(1))]);
            server.Kill();
            server.WaitForExit();
            var error = Assert.Throws<IndexException>(() => index.Put([TestVectors.File("b.wav", TestVectors.Clustered(1))]));
            Assert.Contains("cannot be reached", error.Message, StringComparison.Ordinal);
            Assert.False(error.IsRequest);
            Assert.Contains("cannot be reached", Assert.Throws<IndexException>(() => SoundIndex.Open(address)).Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("postgres://", "it needs a host")]
    [InlineData("postgres://me:secret@/x", "it needs a host")]
    [InlineData("postgres://h/db?schema=a;drop", "is no name of letters")]
    [InlineData("postgres://h/db?colour=red", "'colour=red' is no setting")]
    public void Parse_BadAddress_IsOneSentenceWithoutThePassword(string address, string message)
    {
        var error = Assert.Throws<IndexException>(() => DatabaseAddress.Parse(address));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);
        Assert.True(error.IsRequest);
    }

    [Fact]
    public void Parse_WholeAddress_KeepsEveryPart()
    {
        var address = DatabaseAddress.Parse("postgresql://me%40home:pa%2Fss@db.example:6543/sounds?schema=field_2024&SSL%20Mode=Require");
        var builder = new NpgsqlConnectionStringBuilder(address.ConnectionString);
        Assert.Equal(("me@home", "pa/ss", "db.example", 6543, "sounds", SslMode.Require), (builder.Username, builder.Password, builder.Host, builder.Port, builder.Database, builder.SslMode));
        Assert.Equal(("field_2024", "postgres://me@home@db.example:6543/sounds?schema=field_2024"), (address.Schema, address.Shown));
        Assert.False(DatabaseAddress.Is("/srv/postgres"));
    }
}
