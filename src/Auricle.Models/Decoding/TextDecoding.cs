namespace Auricle.Models.Decoding;

/// <summary>Writes texts step by step: the model says what may follow, filters change it, the search chooses, stop rules end a text, and the ranking orders what was written.</summary>
public static class TextDecoding
{
    /// <summary>Writes texts for several clips at once.</summary>
    /// <param name="model">Positioned at its start; the caller disposes it.</param>
    /// <param name="prompts">For each clip the tokens that its texts begin with: one, or none for a model that starts from vectors.</param>
    /// <param name="options">How they are written.</param>
    /// <param name="cancellationToken">Stops between steps.</param>
    /// <returns>One result for each clip.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A number of the options makes no sense.</exception>
    /// <exception cref="ModelException">The filters forbid every token, or the model gives values that are no numbers.</exception>
    public static IReadOnlyList<DecodingResult> Run(
        IStepModel model, IReadOnlyList<int[]> prompts, DecodingOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(prompts);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaximumLength, 1, nameof(options.MaximumLength));
        options.Search.Check(model.VocabularySize);
        if (prompts.Count == 0)
            return [];
        IReadOnlyList<Draft>[] clips = [.. prompts.Select((prompt, row) => new[] { new Draft(prompt, prompt.Length, row) })];
        var logits = Begin(model, prompts);
        while (true)
        {
            if (!Logits.AreNumbers(logits))
                throw options.Weights?.NotFinite() ?? new ModelException("The model gives logits that are no numbers; fetch or train its weights again.");
            var step = new StepLogits(logits, model.VocabularySize);
            for (var clip = 0; clip < clips.Length; clip++)
                clips[clip] = Step(clips[clip], step, options);
            var open = clips.SelectMany(texts => texts).Where(text => !text.IsFinished).ToList();
            if (open.Count == 0)
                break;
            cancellationToken.ThrowIfCancellationRequested();
            if (open.Count * model.VocabularySize != logits.Length || open.Where((text, row) => text.Row != row).Any())
                model.Rearrange([.. open.Select(text => text.Row)]);
            var row = 0;
            for (var clip = 0; clip < clips.Length; clip++)
                clips[clip] = [.. clips[clip].Select(text => text.IsFinished ? text : text with { Row = row++ })];
            logits = model.Advance([.. open.Select(text => text.Tokens[^1])]);
        }
        return [.. clips.Select(texts => Rank(texts, options.Ranking))];
    }

    /// <summary>The logits that follow the prompts.</summary>
    private static Span<float> Begin(IStepModel model, IReadOnlyList<int[]> prompts)
    {
        var length = prompts[0].Length;
        if (prompts.Any(prompt => prompt.Length != length))
            throw new ArgumentException($"The prompts have {string.Join(", ", prompts.Select(prompt => prompt.Length).Distinct())} tokens; give all clips equally many.", nameof(prompts));
        if (length == 0)
            return model.Advance([]);
        for (var i = 0; i < length - 1; i++)
            model.Advance([.. prompts.Select(prompt => prompt[i])]);
        return model.Advance([.. prompts.Select(prompt => prompt[^1])]);
    }

    /// <summary>The texts of one clip after another token.</summary>
    private static List<Draft> Step(IReadOnlyList<Draft> texts, StepLogits logits, DecodingOptions options)
    {
        foreach (var text in texts)
        {
            if (text.IsFinished)
                continue;
            foreach (var filter in options.Filters)
                filter.Apply(text.Tokens, text.PromptLength, logits.After(text));
        }
        if (texts.All(text => text.IsFinished))
            return [.. texts];
        return [.. options.Search.Continue(texts, logits, options.Ranking).Select(text =>
            text with { IsFinished = text.IsFinished || text.Tokens[^1] == options.EndToken || text.Length == options.MaximumLength })];
    }

    private static DecodingResult Rank(IReadOnlyList<Draft> texts, Ranking ranking) => new([.. texts
        .Select(text => new Hypothesis(text.Tokens[text.PromptLength..], text.LogProbability, text.Score(ranking), text.Place))
        .OrderByDescending(text => text.Score)
        .ThenBy(text => text.Place)]);
}
