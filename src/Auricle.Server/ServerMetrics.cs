using System.Diagnostics.Metrics;

namespace Auricle.Server;

/// <summary>What the server counts, under names that Prometheus shows at <c>/metrics</c>.</summary>
internal sealed class ServerMetrics : IDisposable
{
    public const string Name = "Auricle.Server";

    private readonly Meter _meter = new(Name);
    private readonly UpDownCounter<int> _waiting;
    private readonly Histogram<int> _batches;
    private readonly Counter<double> _seconds;
    private readonly UpDownCounter<int> _listeners;

    public ServerMetrics()
    {
        _waiting = _meter.CreateUpDownCounter<int>("auricle.requests.waiting", description: "Sounds that wait for a model.");
        _batches = _meter.CreateHistogram<int>("auricle.batch.size", description: "Sounds that went through a model at once.");
        _seconds = _meter.CreateCounter<double>("auricle.sound", "s", "Sound that was heard.");
        _listeners = _meter.CreateUpDownCounter<int>("auricle.live.listeners", description: "Open live connections.");
    }

    public void Waiting(int change) => _waiting.Add(change);

    public void Batch(int sounds) => _batches.Record(sounds);

    public void Heard(double seconds, string kind) => _seconds.Add(seconds, new KeyValuePair<string, object?>("kind", kind));

    public void Listeners(int change) => _listeners.Add(change);

    public void Dispose() => _meter.Dispose();
}
