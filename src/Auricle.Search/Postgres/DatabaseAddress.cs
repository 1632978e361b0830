using System.Text.RegularExpressions;
using Npgsql;

namespace Auricle.Search.Postgres;

/// <summary>An address such as <c>postgres://user:password@host:5432/database?schema=sounds</c>.</summary>
internal sealed partial record DatabaseAddress(string ConnectionString, string Schema, string Shown)
{
    private const string DefaultSchema = "auricle";
    private const int DefaultPort = 5432;

    /// <summary>Whether a location is such an address, and not a folder.</summary>
    public static bool Is(string location) =>
        location.StartsWith("postgres://", StringComparison.OrdinalIgnoreCase) || location.StartsWith("postgresql://", StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads an address.</summary>
    /// <exception cref="IndexException">It cannot be read.</exception>
    public static DatabaseAddress Parse(string location)
    {
        if (!Uri.TryCreate(location, UriKind.Absolute, out var uri) || uri.Host.Length == 0)
            throw Bad(Hidden().Replace(location, "://…@"), "it needs a host, as in postgres://user@host/database");
        var user = uri.UserInfo.Split(':', 2).Select(Uri.UnescapeDataString).ToArray();
        var database = Uri.UnescapeDataString(uri.AbsolutePath.Trim('/'));
        var shown = $"postgres://{(user[0].Length > 0 ? user[0] + "@" : "")}{uri.Host}:{(uri.Port > 0 ? uri.Port : DefaultPort)}/{database}";
        var builder = new NpgsqlConnectionStringBuilder { Host = uri.Host, Port = uri.Port > 0 ? uri.Port : DefaultPort, ApplicationName = "auricle", IncludeErrorDetail = true };
        if (user[0].Length > 0)
            builder.Username = user[0];
        if (user.Length > 1)
            builder.Password = user[1];
        if (database.Length > 0)
            builder.Database = database;
        var schema = DefaultSchema;
        foreach (var part in uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var (key, value) = part.Split('=', 2) is [var name, var text] ? (Uri.UnescapeDataString(name), Uri.UnescapeDataString(text)) : (part, "");
            if (key == "schema")
            {
                schema = SchemaName().IsMatch(value) ? value : throw Bad(shown, $"the schema '{value}' is no name of letters, digits and underscores");
                continue;
            }
            try
            {
                builder[key] = value;
            }
            catch (Exception error) when (error is ArgumentException or FormatException or InvalidCastException or KeyNotFoundException)
            {
                throw Bad(shown, $"'{key}={value}' is no setting of a connection ({error.Message.TrimEnd('.')})");
            }
        }
        return new DatabaseAddress(builder.ConnectionString, schema, schema == DefaultSchema ? shown : $"{shown}?schema={schema}");
    }

    private static IndexException Bad(string shown, string why) => new(shown, $"The address '{shown}' cannot be used: {why}.", isRequest: true);

    [GeneratedRegex("^[A-Za-z_][A-Za-z0-9_]{0,62}$")]
    private static partial Regex SchemaName();

    [GeneratedRegex("://[^@/]*@")]
    private static partial Regex Hidden();
}
