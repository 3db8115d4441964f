/**
 * Scores of what a model wrote (BLEU, chrF, TER, ROUGE, exact match), answered (SQuAD), labelled
 * (accuracy, entity F1) and expected (perplexity).
 *
 * <p>The translation metrics take plain text, one line a sentence, and tokenize it themselves;
 * their figures are those of sacreBLEU 2.6 (Post, 2018, "A Call for Clarity in Reporting BLEU
 * Scores").
 */
package dev.heed.eval;
