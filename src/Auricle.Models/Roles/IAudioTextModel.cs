
namespace Auricle.Models.Roles;

/// <summary>
/// A model that places sounds and texts in one space, where what belongs together lies close, such as a CLAP. The same
/// input gives the same vector, alone or in a batch.
/// </summary>
public interface IAudioTextModel : IAudioEmbedder, ITextEmbedder
{
    /// <summary>The size of each vector, of sounds and of texts.</summary>
    new int EmbeddingWidth { get; }

    int IAudioEmbedder.EmbeddingWidth => EmbeddingWidth;

    int ITextEmbedder.EmbeddingWidth => EmbeddingWidth;

    /// <summary>What cosines are multiplied by before the softmax over labels; 1 where training learned no such factor.</summary>
    double LogitScale => 1;
}
