using System.Reflection;

namespace Auricle;

/// <summary>What this build of Auricle is.</summary>
public static class AuricleInfo
{
    /// <summary>The version, for example <c>0.1.0</c>.</summary>
    public static string Version { get; } =
        typeof(AuricleInfo).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];
}
