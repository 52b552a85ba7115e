/**
 * A **revision** names one version of a document: `<generation>-<id>`, for instance `3-9f2c…`.
 * Its **generation** counts the edits since the document was made; the first version has generation 1.
 * An edit's revision has one parent, the version that was edited. The **lineage** (or history) of a
 * revision is that chain, newest first: the revision, its parent, and so on.
 * All revisions of one document that are known somewhere form a **tree**. A **leaf** is a revision that
 * nobody edited further; two leaves mean that two people edited the same parent. One leaf is the
 * **winner**, the version that every replica shows without being asked: a leaf that is not deleted before
 * one that is, then the higher generation, then the greater id. It is chosen without any clock.
 * A database keeps only the newest revisions of a long lineage (1,000 by default); a dump may keep fewer.
 * Such a lineage is **stemmed**: its oldest known revision has a parent that nobody here knows. A lineage
 * that reaches generation 1 is complete. What is missing is never invented (docs/rules.md §3.5).
 * A revision's **class** says what sending it would mean to the server (docs/rules.md §3.2).
 */
export * from './revision-names.ts';
export * from './change-facts.ts';
export * from './classes.ts';
