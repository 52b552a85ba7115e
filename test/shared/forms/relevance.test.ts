import { describe, expect, it } from 'vitest';
import { fieldSeenFrom, isRelevant, placeOf } from '../../../shared/forms/relevance.ts';

const record = {
  sex: 'female',
  age: '23',
  weeks: '',
  signs: 'fever headache',
  babies: [{ alive: 'yes' }, { alive: 'no', weight: 3.1 }],
};

describe('whether a question was asked', () => {
  it.each<[string, boolean | null]>([
    [" /f/sex  = 'female'", true],
    ['/f/sex != "female"', false],
    ['../sex = "male" or ../age >= 18', true],
    ['../sex = "male" and unknown-function()', false],
    ['../sex = "female" and unknown-function()', null],
    ['../sex = "female" or unknown-function()', true],
    ["selected( /f/signs ,  'headache')", true],
    ["not(selected(../signs, 'head'))", true],
    ['count-selected(../signs) = 2', true],
    ["../weeks = ''", true],
    ['../weeks > 3', false],
    ['../nothing = ""', true],
    ['string-length(../sex) > 0', true],
    ['(../age > 10) and (../age < 20 or true())', true],
    ['../age - 3 > 10', null],
    ['../age * 2 > 10', null],
    ["instance('x')/root/item[name = 'a']/label = 'b'", null],
    ['//sex = "female"', null],
    ['/other/sex = "female"', null],
    ['position(..) = 1', null],
    ["../sex = 'female", null],
    ['(../sex = "female"', null],
    ['', null],
    ['   ', null],
    ['('.repeat(5000), null],
    ['x'.repeat(10_001), null],
  ])('%s', (xpath, asked) => expect(isRelevant(xpath, record, ['weeks'], 'f')).toBe(asked));

  it('in a group that was filled in several times the time counts', () => {
    expect(isRelevant("../alive = 'yes'", record, ['babies', 0, 'weight'], 'f')).toBe(true);
    expect(isRelevant("../alive = 'yes'", record, ['babies', 1, 'weight'], 'f')).toBe(false);
    expect(isRelevant("/f/babies/alive = 'yes'", record, ['babies', 1, 'weight'], 'f')).toBe(false);
    // From outside nobody can say which of them is meant.
    expect(isRelevant("/f/babies/alive = 'yes'", record, ['sex'], 'f')).toBe(null);
  });
});

it('a path is read from where it stands', () => {
  expect(placeOf(' /f/a/b ', ['x'], 'f')).toEqual(['a', 'b']);
  expect(placeOf('../../y', ['a', 1, 'b', 'c'], 'f')).toEqual(['a', 'y']);
  expect(placeOf('.', ['a', 1, 'b'], 'f')).toEqual(['a', 'b']);
  expect(placeOf('concat(/f/a, "x")', ['a'], 'f')).toBe(null);
  expect(fieldSeenFrom(record, ['babies', 'weight'], ['babies', 1, 'alive'])).toBe(3.1);
  expect(fieldSeenFrom(record, ['constructor', 'name'], [])).toBe(undefined);
});
