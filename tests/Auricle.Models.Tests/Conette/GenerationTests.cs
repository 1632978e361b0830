using System.Text.Json;
using Auricle.Models.Systems.Conette;
using Auricle.Testing;
using Auricle.Text;

namespace Auricle.Models.Tests.Conette;

[Collection("tensors")]
[NoLeaks]
public sealed class GenerationTests(HashModel shared)
{
    public static TheoryData<int> Cases => CasesOf("generation.json", areRecordings: false);

    public static TheoryData<int> RecordingCases => CasesOf("generation.json", areRecordings: true);

    public static TheoryData<int> GreedyCases => CasesOf("greedy.json", areRecordings: false);

    public static TheoryData<int> GreedyRecordingCases => CasesOf("greedy.json", areRecordings: true);

    [SharedTheory]
    [MemberData(nameof(RecordingCases))]
    public void Caption_Recording_GivesReferenceTokens(int index) => Caption_EveryCase_GivesReferenceTokens(index);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Caption_EveryCase_GivesReferenceTokens(int index)
    {
        var entry = HashModel.Json("generation.json")[index];
        var results = shared.Model.Caption(ConetteInputs.Clips(entry.GetProperty("input").GetString()!), OptionsOf(entry));
        Assert.Equal(Texts(entry.GetProperty("tasks")), results.Select(result => result.Task));
        Assert.Equal(Texts(entry.GetProperty("cands")), results.Select(result => result.Caption));
        for (var clip = 0; clip < results.Count; clip++)
        {
            Assert.Equal(Tokens(entry.GetProperty("preds")[clip]), results[clip].Tokens);
            Assert.Equal(entry.GetProperty("lprobs")[clip].GetDouble(), results[clip].LogProbability, 2e-4);
            var slots = results[clip].Candidates.OrderBy(candidate => candidate.Slot).ToList();
            var expected = entry.GetProperty("mult_preds")[clip];
            Assert.Equal(expected.GetArrayLength(), slots.Count);
            for (var slot = 0; slot < slots.Count; slot++)
            {
                Assert.Equal(Tokens(expected[slot]), slots[slot].Tokens);
                Assert.Equal(entry.GetProperty("mult_cands")[clip][slot].GetString(), slots[slot].Caption);
                Assert.Equal(entry.GetProperty("mult_lprobs")[clip][slot].GetDouble(), slots[slot].LogProbability, 2e-4);
            }
        }
    }

    [SharedTheory]
    [MemberData(nameof(GreedyRecordingCases))]
    public void Caption_BeamOfOneOnARecording_IsGreedySearch(int index) => Caption_BeamOfOne_IsGreedySearch(index);

    [Theory]
    [MemberData(nameof(GreedyCases))]
    public void Caption_BeamOfOne_IsGreedySearch(int index)
    {
        var entry = HashModel.Json("greedy.json")[index];
        var results = shared.Model.Caption(
            ConetteInputs.Clips(entry.GetProperty("input").GetString()!),
            new ConetteOptions { Independent = false, BeamSize = 1, Tasks = [entry.GetProperty("task").GetString()!] });
        for (var clip = 0; clip < results.Count; clip++)
            Assert.Equal(Tokens(entry.GetProperty("argmax")[clip]), results[clip].Tokens);
    }

    internal static ConetteOptions OptionsOf(JsonElement entry) => new()
    {
        Independent = false,
        Tasks = !entry.TryGetProperty("task", out var task) ? null : task.ValueKind == JsonValueKind.Array ? [.. Texts(task)] : [task.GetString()!],
        BeamSize = Number(entry, "beam_size"),
        MinLength = Number(entry, "min_pred_size"),
        MaxLength = Number(entry, "max_pred_size"),
        ForbidRepetition = !entry.TryGetProperty("forbid_rep_mode", out var mode) ? null : mode.GetString() switch
        {
            "none" => RepetitionMode.None,
            "all" => RepetitionMode.All,
            "content_words" => RepetitionMode.ContentWords,
            _ => throw new InvalidDataException($"Unknown mode '{mode}'."),
        },
    };

    private static TheoryData<int> CasesOf(string file, bool areRecordings)
    {
        var cases = HashModel.Json(file);
        return [.. Enumerable.Range(0, cases.GetArrayLength()).Where(i => ConetteInputs.IsRecording(cases[i].GetProperty("input").GetString()!) == areRecordings)];
    }

    private static int? Number(JsonElement entry, string name) => entry.TryGetProperty(name, out var value) ? value.GetInt32() : null;

    private static IEnumerable<string> Texts(JsonElement list) => list.EnumerateArray().Select(text => text.GetString()!);

    /// <summary>The tokens without the padding that follows the end.</summary>
    private static IEnumerable<int> Tokens(JsonElement list) => list.EnumerateArray().Select(token => token.GetInt32()).TakeWhile(token => token != 0);
}
