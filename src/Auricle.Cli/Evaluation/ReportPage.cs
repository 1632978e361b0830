using System.Globalization;
using System.Net;
using System.Text;
using Auricle.Evaluation;

namespace Auricle.Cli.Evaluation;

/// <summary>A report as one page that needs nothing else: scores, their spread over the clips, the best and the worst clips.</summary>
internal static class ReportPage
{
    private const int ClipsShown = 8;

    // What clips are sorted by: the first of these that was computed.
    private static readonly string[] Leading = ["fense", "spider_fl", "spider", "cider_d", "meteor", "rouge_l", "bleu_4", "sbert_sim", "spice"];

    public static string Html(CaptionReport report)
    {
        using var css = new StreamReader(typeof(ReportPage).Assembly.GetManifestResourceStream("Auricle.Cli.report.css")!);
        var page = new StringBuilder(
            "<!doctype html>\n<html lang='en'><head><meta charset='utf-8'><meta name='viewport' content='width=device-width, initial-scale=1'>")
            .Append("<title>Caption evaluation</title><style>").Append(css.ReadToEnd())
                .Append("</style></head>\n<body><main>\n<h1>Caption evaluation</h1>\n");
        AddFiles(page, report);
        AddScores(page, report);
        if (report.Differences.Count > 0)
            AddDifferences(page, report);
        AddSpread(page, report);
        AddClips(page, report);
        return page.Append("</main></body></html>\n").ToString();
    }

    private static void AddFiles(StringBuilder page, CaptionReport report)
    {
        page.Append("<dl class='files'>");
        for (var i = 0; i < report.Systems.Count; i++)
            page.Append($"<dt>{Key(report, i)}{(i == 0 ? "Captions" : "Compared with")}</dt><dd>{Text(report.Systems[i].File)}</dd>");
        page.Append($"<dt>References</dt><dd>{Text(report.Options.References)}</dd></dl>\n");
    }

    private static void AddScores(StringBuilder page, CaptionReport report)
    {
        page.Append("<h2>Scores</h2>\n");
        AddTable(page, report, score => !IsStatistic(score.Name));
        page.Append("<ul class='notes'>");
        foreach (var note in ScoreTable.Notes(report).Concat(report.LeftOut.Select(metrics => metrics.Sentence)))
            page.Append($"<li>{Text(note)}</li>");
        page.Append("</ul>\n");
        if (report.Systems[0].Scores.Any(score => IsStatistic(score.Name)))
        {
            page.Append("<details><summary>Vocabulary and diversity</summary>\n");
            AddTable(page, report, score => IsStatistic(score.Name));
            page.Append("</details>\n");
        }
    }

    private static void AddTable(StringBuilder page, CaptionReport report, Func<MetricScores, bool> isShown)
    {
        var rows = report.Systems[0].Scores.Zip(report.Systems[0].Intervals).Where(row => isShown(row.First)).ToList();
        if (rows.Count == 0)
            return;
        var head = rows.Exists(row => row.Second is not null)
            ? string.Create(CultureInfo.InvariantCulture, $"<th>{report.Options.Resampling!.Level:0 %} interval</th>")
            : "";
        page.Append($"<div class='card scroll'><table><thead><tr><th>metric</th><th>score</th>{head}<th class='bar'></th></tr></thead><tbody>\n");
        foreach (var (score, interval) in rows)
        {
            var range = interval is { } ends ? $"{ScoreText.Of(ends.Low)} – {ScoreText.Of(ends.High)}" : "";
            var largest = Largest(score.Name);
            page.Append($"<tr><td>{Text(score.Name)}</td><td>{ScoreText.Of(score.Corpus)}</td>{(head.Length > 0 ? $"<td>{range}</td>" : "")}")
                .Append($"<td class='bar'>{(largest > 0 ? ReportChart.Bar(score.Corpus, largest, interval) : "")}</td></tr>\n");
        }
        page.Append("</tbody></table></div>\n");
    }

    private static void AddDifferences(StringBuilder page, CaptionReport report)
    {
        page.Append("<h2>Differences</h2>\n<div class='card scroll'><table><thead><tr><th>metric</th><th>captions</th><th>compared</th>")
            .Append("<th>difference</th><th>interval</th><th>p</th><th class='bar'></th></tr></thead><tbody>\n");
        // What both take from the same references cannot differ.
        foreach (var item in report.Differences.Where(item => !item.Name.EndsWith(".mrefs", StringComparison.Ordinal)))
        {
            var isClear = item.Interval.Low > 0 || item.Interval.High < 0;
            page.Append($"<tr><td>{Text(item.Name)}</td><td>{ScoreText.Of(item.First)}</td><td>{ScoreText.Of(item.Second)}</td>")
                .Append($"<td class='{(!isClear ? "" : item.Difference > 0 ? "up" : "down")}'>{ScoreText.Signed(item.Difference)}</td>")
                .Append($"<td>{ScoreText.Signed(item.Interval.Low)} … {ScoreText.Signed(item.Interval.High)}</td>"
                    + $"<td>{Text(ScoreText.Probability(item.PValue))}</td>")
                .Append($"<td class='bar'>{ReportChart.Whisker(item)}</td></tr>\n");
        }
        page.Append("</tbody></table></div>\n");
    }

    private static void AddSpread(StringBuilder page, CaptionReport report)
    {
        var scores = report.Systems[0].Scores.Where(score => score.Sentences.Count > 0 && !IsStatistic(score.Name)).ToList();
        if (scores.Count == 0)
            return;
        page.Append("<h2>Spread over the clips</h2>\n<p class='soft'>How many clips have which score; the dashed line is the mean.</p>\n<div "
            + "class='grid'>\n");
        foreach (var score in scores)
        {
            IEnumerable<IReadOnlyList<double>> systems = report.Systems.SelectMany(system => system.Scores).Where(other => other.Name == score.Name)
                .Select(other => other.Sentences);
            page.Append($"<div class='card'><h3>{Text(score.Name)}</h3>{ReportChart.Histogram($"Clips by {score.Name}", [.. systems])}</div>\n");
        }
        page.Append("</div>\n");
    }

    private static void AddClips(StringBuilder page, CaptionReport report)
    {
        var scores = report.Systems[0].Scores.Where(score => score.Sentences.Count > 0).ToDictionary(score => score.Name);
        if (Leading.FirstOrDefault(scores.ContainsKey) is not { } leading)
            return;
        var values = scores[leading].Sentences;
        var order = Enumerable.Range(0, report.Clips.Count)
            .OrderByDescending(clip => double.IsNaN(values[clip]) ? double.NegativeInfinity : values[clip]).ToArray();
        var shown = Math.Min(ClipsShown, order.Length);
        AddList($"Best clips by {leading}", order.Take(shown));
        AddList($"Worst clips by {leading}", order.Reverse().Take(Math.Min(shown, order.Length - shown)));
        if (report.Systems.Count > 1 && report.Systems[1].Scores.FirstOrDefault(score => score.Name == leading) is { } second)
        {
            var change = Enumerable.Range(0, report.Clips.Count).OrderByDescending(clip => second.Sentences[clip] - values[clip]).ToArray();
            AddList("Where the compared captions gain most", change.Where(clip => second.Sentences[clip] > values[clip]).Take(shown));
            AddList("Where they lose most", change.Reverse().Where(clip => second.Sentences[clip] < values[clip]).Take(shown));
        }

        void AddList(string title, IEnumerable<int> clips)
        {
            var list = clips.ToList();
            if (list.Count == 0)
                return;
            page.Append($"<h2>{Text(title)}</h2>\n<div class='grid wide'>\n");
            list.ForEach(clip => AddClip(page, report, clip));
            page.Append("</div>\n");
        }
    }

    private static void AddClip(StringBuilder page, CaptionReport report, int clip)
    {
        page.Append($"<article class='card'><h3>{Text(report.Clips[clip])}</h3>");
        for (var i = 0; i < report.Systems.Count; i++)
        {
            var system = report.Systems[i];
            var said = string.IsNullOrWhiteSpace(system.Candidates[clip]) ? "<span class='none'>empty</span>"
                : Text(system.Candidates[clip]);
            var badges = system.Scores.Where(score => score.Sentences.Count > 0 && Array.IndexOf(Leading, score.Name) >= 0)
                .Select(score => $"<span>{Text(score.Name)} <b>{score.Sentences[clip].ToString("0.000", CultureInfo.InvariantCulture)}</b></span>");
            page.Append($"<div class='said{(i == 0 ? "" : " other")}'>{said}<div class='badges'>{string.Concat(badges)}</div></div>");
        }
        page.Append($"<ul class='refs'>{string.Concat(report.References[clip].Select(caption => $"<li>{Text(caption)}</li>"))}</ul></article>\n");
    }

    private static string Text(string text) => Evaluation.Html.Text(text);

    private static string Key(CaptionReport report, int system) =>
        report.Systems.Count < 2 ? "" : $"<span class='key{(system == 0 ? "" : " other")}'></span>";

    /// <summary>The largest a score can be; 0 where it is no share, so that a bar would say nothing.</summary>
    private static double Largest(string name) => name switch
    {
        "cider_d" or "cider_d_max" => 10,
        "spider" or "spider_fl" or "spider_max" => 5.5,
        "vocab.cands" or "vocab.mrefs_full" or "vocab.mrefs_avg" => 0,
        _ => 1,
    };

    private static bool IsStatistic(string name) =>
        name.StartsWith("vocab.", StringComparison.Ordinal) || name.Contains("_div", StringComparison.Ordinal);
}

/// <summary>Puts foreign text into pages.</summary>
internal static class Html
{
    /// <summary>Text in which nothing is markup, inside elements and quoted attributes alike.</summary>
    public static string Text(string text) => WebUtility.HtmlEncode(text);
}
