using Auricle.Models;
using Microsoft.Extensions.Logging;

namespace Auricle;

/// <summary>The façade's messages. Event ids are stable.</summary>
internal static partial class Log
{
    [LoggerMessage(EventId = 1001, Level = LogLevel.Information, Message = "Loaded {Model} from {Folder} in {Elapsed} ({Threads} threads, {Precision})")]
    public static partial void ModelLoaded(ILogger logger, string model, string folder, TimeSpan elapsed, int threads, Precision precision);

    [LoggerMessage(EventId = 1002, Level = LogLevel.Warning, Message = "{Warning}")]
    public static partial void SourceWarning(ILogger logger, string warning);

    [LoggerMessage(EventId = 1003, Level = LogLevel.Error, Message = "{File} was skipped: {Reason}")]
    public static partial void FileSkipped(ILogger logger, string file, string reason);
}
