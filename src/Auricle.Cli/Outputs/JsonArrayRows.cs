namespace Auricle.Cli.Outputs;

/// <summary>The elements of a JSON array. In a file it is closed behind every element, so that even a killed process leaves a valid array.</summary>
internal sealed class JsonArrayRows
{
    private const string End = "\n]\n";
    private readonly RowOutput _output;
    private readonly bool _lacksEnd;
    private bool _isEmpty;

    /// <param name="output">Where the array goes.</param>
    /// <param name="isEmpty">Whether no element is there from an earlier run.</param>
    /// <param name="lacksEnd">Whether what an earlier run wrote does not end as ours do.</param>
    public JsonArrayRows(RowOutput output, bool isEmpty = true, bool lacksEnd = false)
    {
        _output = output;
        _isEmpty = isEmpty;
        _lacksEnd = lacksEnd;
        output.Preamble = "[";
    }

    public void Write(string json)
    {
        _output.Write((_isEmpty ? "\n" : ",\n") + json);
        _isEmpty = false;
        if (_output.CanRewind)
            _output.WriteProvisional(End);
    }

    /// <summary>Closes the array where that has not been done.</summary>
    public void Finish()
    {
        if (!_output.CanRewind)
            _output.Write(End);
        else if (_lacksEnd)
            _output.WriteProvisional(End);
    }
}
