export interface CurriculumNode {
  readonly kind: string;
}
