using System.Globalization;
using System.Text.Json;
using Auricle.Testing;

namespace Auricle.Training.Tests;

public sealed class LearningRateTests
{
    [Theory]
    [InlineData(0, 1)]
    [InlineData(0.9, 1)]
    [InlineData(1, 0.9045084971874737)] // ½(1 + cos 36°)
    [InlineData(3, 0.34549150281252633)] // ½(1 + cos 108°)
    [InlineData(4, 0.09549150281252633)] // ½(1 + cos 144°)
    [InlineData(9, 0.09549150281252633)]
    public void CosineByEpoch_FiveEpochs_FollowsTheFormula(double epoch, double factor) =>
        Assert.Equal(5e-4 * factor, LearningRate.CosineByEpoch(5e-4, 5)(epoch), 1e-15);

    [Theory]
    [InlineData(0, 0.25)]
    [InlineData(3, 1)]
    [InlineData(4, 1)]
    [InlineData(9, 0.55)] // half way between 1 and 0.1
    [InlineData(14, 0.1)]
    [InlineData(99, 0.1)]
    public void WarmupCosine_FourAndTen_RisesThenFalls(double step, double rate) =>
        Assert.Equal(rate, LearningRate.WarmupCosine(1, 4, 14, 0.1)(step), 1e-12);

    [Fact]
    public void Constant_Any_IsTheRate() => Assert.Equal(3e-4, LearningRate.Constant(3e-4)(1e6));

    [Fact]
    public void Ramp_Fixtures_GiveTheReferenceRates()
    {
        using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(Fixtures.Folder("retrieval"), "schedules.json")));
        var compared = 0;
        foreach (var run in json.RootElement.GetProperty("salsa_update_lr").EnumerateArray())
        {
            var options = run.GetProperty("options");
            var fall = options.GetProperty("rampdown_type").GetString()!;
            var steps = fall.Split('_');
            string[] groups = ["lr_audio_encoder", "lr_sentence_encoder", "lr_audio_project", "lr_sentence_project"];
            var schedules = groups.Select(group => LearningRate.Ramp(new RampOptions
            {
                Rate = Option(group),
                Lowest = Option("min_lr"),
                Warmup = Option("warmup_length"),
                Start = Option("rampdown_start"),
                Stop = Option("rampdown_stop") is > 0 and var stop ? stop : Option("max_epochs"),
                Rise = options.TryGetProperty("warmup_type", out var rise) && rise.GetString() == "exp" ? RampShape.Exponential : RampShape.Linear,
                Fall = fall switch { "cosine" => RampShape.Cosine, "linear" => RampShape.Linear, _ => RampShape.Steps },
                StepLength = steps.Length > 1 ? double.Parse(steps[1], CultureInfo.InvariantCulture) : 1,
                StepFactor = steps.Length > 1 ? double.Parse(steps[2], CultureInfo.InvariantCulture) : 1,
            })).ToList();
            foreach (var point in run.EnumerateObject().Single(property => property.Name.StartsWith("points", StringComparison.Ordinal)).Value.EnumerateArray())
            {
                for (var group = 0; group < groups.Length; group++)
                {
                    var expected = point[group + 1].GetDouble();
                    Assert.Equal(expected, schedules[group](point[0].GetDouble()), 1e-18 + 1e-12 * expected);
                    compared++;
                }
            }

            double Option(string name) => options.GetProperty(name).GetDouble();
        }
        Assert.True(compared > 0);
    }

    [Fact]
    public void ReduceOnPlateau_Fixture_GivesTheReferenceRates()
    {
        using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(Fixtures.Folder("retrieval"), "schedules.json")));
        var run = json.RootElement.GetProperty("baseline_reduce_on_plateau");
        var options = run.GetProperty("options");
        var schedule = new ReduceOnPlateau(
            options.GetProperty("lr").GetDouble(),
            options.GetProperty("factor").GetDouble(),
            options.GetProperty("patience").GetInt32(),
            options.GetProperty("threshold").GetDouble(),
            options.GetProperty("min_lr").GetDouble());
        var rates = run.GetProperty("metric_fed_each_epoch").EnumerateArray().Select(metric => schedule.Observe(metric.GetDouble())).ToList();
        var expected = run.GetProperty("lr_after_step").EnumerateArray().Select(rate => rate.GetDouble()).ToList();
        Assert.NotEmpty(expected);
        Assert.Equal(expected, rates, (left, right) => Math.Abs(left - right) <= 1e-9 * left);
    }

    [Fact]
    public void Ramp_FallBeforePlateau_Fails() =>
        Assert.ThrowsAny<ArgumentException>(() => LearningRate.Ramp(new RampOptions { Rate = 1, Start = 3, Stop = 2 }));
}
