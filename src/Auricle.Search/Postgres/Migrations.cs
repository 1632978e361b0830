using System.Globalization;

namespace Auricle.Search.Postgres;

/// <summary>
/// The tables of an index in a PostgreSQL schema, as steps: an older schema is brought up to date by those that it lacks, in one transaction. A step
/// that was published is never changed.
/// </summary>
internal static class Migrations
{
    // A tilde stands for the schema: names are written out, since connections that are shared out by a pooler keep no search path.
    private static readonly string[] Steps =
    [
        """
        create table ~settings (key text primary key, value text not null);
        create table ~roots (id bigserial primary key, path text collate "C" not null unique);
        create table ~files (
            id bigserial primary key, root bigint not null references ~roots, path text collate "C" not null, bytes bigint not null, modified bigint not null,
            hash text not null, seconds double precision not null, recorded bigint not null, tags jsonb not null, error text, count integer not null,
            unique (root, path));
        """,
        "create index files_recorded on ~files (recorded)",
    ];

    /// <summary>The version that this program knows.</summary>
    public static int Latest => Steps.Length;

    /// <summary>The version of a schema; 0 where it has no tables of ours.</summary>
    public static int VersionOf(SchemaConnection connection) => connection.Scalar("select to_regclass('~migrations') is not null") is true
        ? Convert.ToInt32(connection.Scalar("select coalesce(max(version), 0) from ~migrations"), CultureInfo.InvariantCulture)
        : 0;

    /// <summary>Applies the steps that a schema lacks.</summary>
    /// <param name="connection">The connection, in a transaction.</param>
    /// <param name="upTo">The version that is wanted.</param>
    public static void Apply(SchemaConnection connection, int upTo)
    {
        connection.Run("create table if not exists ~migrations (version integer primary key, applied timestamptz not null default now())");
        for (var version = VersionOf(connection); version < upTo; version++)
        {
            connection.Run(Steps[version]);
            connection.Run("insert into ~migrations (version) values (@version)", ("@version", version + 1));
        }
    }
}
