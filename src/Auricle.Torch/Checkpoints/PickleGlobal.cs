namespace Auricle.Torch.Checkpoints;

/// <summary>The name of a Python class, function or constant, for example <c>torch.float16</c>. It is a name only.</summary>
public sealed class PickleGlobal : PickleValue
{
    internal PickleGlobal(string module, string name)
    {
        Module = module;
        Name = name;
    }

    /// <summary>The module, for example <c>torch</c>.</summary>
    public string Module { get; }

    /// <summary>The name in the module.</summary>
    public string Name { get; }

    internal bool Is(string module, string name) => Name == name && Module == module;

    /// <summary>Module and name.</summary>
    public override string ToString() => $"{Module}.{Name}";
}
