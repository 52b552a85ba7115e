/**
 * Keeps LevelDB's native module in memory while the process lives. Node takes such a module away with the last thread
 * that loaded it; LevelDB has a thread of its own, which may be on its way back from a compaction in that instant, and
 * then the whole process ends with a segmentation fault. What the main thread has loaded is never taken away.
 */
import 'leveldown';
